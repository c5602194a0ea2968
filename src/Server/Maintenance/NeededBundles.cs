using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Maintenance;

/// <summary>The bundles that snapshots rest on, bases of deltas and what is in the trash included: a put key is enough to know.</summary>
/// <remarks>Threading: one thread. Memory: that of <see cref="RecipeCheck"/>, an id for each bundle, and opened frames.</remarks>
internal sealed class NeededBundles : IDisposable
{
    /// <summary>Opened frames that are kept while recipes are walked, about 1 MiB each.</summary>
    private const int CachedFrames = 16;

    private readonly ChunkIndex index;
    private readonly FrameCache frames;
    private readonly RecipeCheck recipes;

    /// <param name="repository">Where they are.</param>
    /// <param name="damage">Told what cannot be had of what is needed.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public NeededBundles(OpenRepository repository, Damage damage, Action<string> notice)
    {
        index = ChunkIndex.Open(repository.Store, repository.Keys, session: null, notice, withUnused: true);
        frames = new FrameCache(repository.Store, repository.Keys, CachedFrames);
        recipes = new RecipeCheck(index, new ChunkReader(index, frames), damage) { Bundles = Ids };
    }

    /// <summary>Those of the snapshots that were added.</summary>
    public HashSet<ObjectId> Ids { get; } = [];

    /// <summary>Adds what a snapshot needs.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if its recipe's own node is none.</exception>
    public void Add(Manifest manifest) => recipes.Check(manifest.Structure.Streams.Values, $"{manifest.Structure.Name}@{manifest.Id}");

    /// <inheritdoc/>
    public void Dispose()
    {
        frames.Dispose();
        index.Dispose();
    }
}
