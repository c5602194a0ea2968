using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Maintenance;

/// <summary>Hashes chunks as a bundle names them: each says itself how, and a repository may hold bundles of several domains.</summary>
/// <remarks>Threading: one thread. Owns the hashers.</remarks>
internal sealed class ChunkHashers(RepositoryKeys keys) : IDisposable
{
    private readonly Dictionary<(ChunkClass Class, uint Domain), ChunkHasher> hashers = [];

    /// <summary>The one for a bundle's chunks.</summary>
    public ChunkHasher Of(BundleReader bundle)
    {
        if (!hashers.TryGetValue((bundle.Class, bundle.Domain), out var hasher))
            hashers.Add((bundle.Class, bundle.Domain), hasher = new ChunkHasher(keys.ChunkIdSecret(bundle.Class, bundle.Domain)));
        return hasher;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var hasher in hashers.Values)
            hasher.Dispose();
    }
}
