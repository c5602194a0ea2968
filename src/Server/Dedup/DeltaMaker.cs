using System.Buffers;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Dedup;

/// <summary>A delta that was tried: its bytes in a rented buffer, or none if it does not pay.</summary>
/// <param name="Base">The chunk that it is made against.</param>
/// <param name="BaseBundle">The bundle that the base is stored in; null if it is this session's own.</param>
/// <param name="Buffer">Rented; given back by who takes the delta.</param>
/// <param name="Length">Bytes of the delta; 0 if there is none.</param>
internal readonly record struct Delta(ChunkId Base, ObjectId? BaseBundle, byte[] Buffer, int Length);

/// <summary>Compresses a chunk with a similar one as prefix.</summary>
/// <remarks>Threading: any number of threads.</remarks>
internal sealed class DeltaMaker(NearChunks near)
{
    /// <summary>
    /// A delta is kept if it is under a quarter of the chunk: above it, compressing the chunk together with its neighbours is
    /// about as good, and one frame less to open (docs/decisions/0002).
    /// </summary>
    public const int WorthwhileShare = 4;

    /// <summary>The same for a base that is only where one would expect it: nothing else says that it is similar (docs/decisions/0002).</summary>
    public const int ExpectedShare = 8;

    /// <summary>
    /// zstd 6: deltas are few and small, and against level 3 it takes 5 % off what new releases of a program cost, for a fifth more
    /// time of a changed put (docs/decisions/0003).
    /// </summary>
    private const int Level = 6;

    /// <summary>Tries a delta of <paramref name="chunk"/> against <paramref name="baseId"/>.</summary>
    /// <param name="share">Kept if it is under this part of the chunk.</param>
    /// <returns>None, too, if the base cannot be read: that is no reason to refuse what is new.</returns>
    public Delta Make(ReadOnlySpan<byte> chunk, ChunkId baseId, int share = WorthwhileShare)
    {
        try
        {
            return Try(chunk, baseId, share);
        }
        catch (Exception error) when (error is RepositoryException or IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private Delta Try(ReadOnlySpan<byte> chunk, ChunkId baseId, int share)
    {
        var prefix = near.Read(baseId, out var holder, out var bundle);
        if (holder is null)
            return default;
        try
        {
            var room = chunk.Length / share;
            var buffer = ArrayPool<byte>.Shared.Rent(room);
            using var lease = ZstdPool.Rent();
            var length = lease.Zstd.Compress(chunk, prefix, Level, buffer.AsSpan(0, room));
            if (length > 0)
                return new Delta(baseId, bundle, buffer, length);
            ArrayPool<byte>.Shared.Return(buffer);
            return default;
        }
        finally
        {
            holder.Release();
        }
    }
}
