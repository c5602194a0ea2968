using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>A snapshot's catalog as it is stored, read here and there. Each chunk is compared with its id: no hash vouches for a part.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
/// <param name="root">Of the stored stream.</param>
/// <param name="chunks">Reads chunks.</param>
/// <param name="verifier">Names chunks.</param>
internal sealed class StoredCatalog(RecipeRoot root, ChunkReader chunks, ChunkHasher verifier) : ICatalogBytes
{
    /// <inheritdoc/>
    public long Length => root.Length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> target)
    {
        using var reader = new StoredStreamReader(root, chunks, offset, target.Length, verifier);
        while (target.Length > 0)
        {
            var bytes = reader.Peek().Span;
            if (bytes.IsEmpty)
                throw new RepositoryException(ErrorCode.Corrupt, $"a catalog of {root.Length} bytes ends at {reader.Position}");
            bytes = bytes[..Math.Min(bytes.Length, target.Length)];
            bytes.CopyTo(target);
            reader.Advance(bytes.Length);
            target = target[bytes.Length..];
        }
    }
}
