using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Sessions;

/// <summary>A batch of chunks that a client cut, and asked for before it sends them.</summary>
/// <param name="Lane">Which of the stored streams they are of.</param>
/// <param name="Ids">Their ids, in order.</param>
/// <param name="Lengths">Their lengths in bytes.</param>
/// <param name="Missing">Numbers of those whose bytes have to come, ascending.</param>
internal sealed record AskedBatch(Lane Lane, ChunkId[] Ids, int[] Lengths, int[] Missing)
{
    /// <summary>Bytes of all its chunks.</summary>
    public long Length => Lengths.Sum(length => (long)length);

    /// <summary>Bytes of those that have to come.</summary>
    public int MissingLength => Missing.Sum(number => Lengths[number]);

    /// <summary>Numbers of those that are there, ascending.</summary>
    public IEnumerable<int> Present => Missing.Length == 0 ? Enumerable.Range(0, Ids.Length) : Enumerable.Range(0, Ids.Length).Except(Missing);
}

/// <summary>The bytes of a batch's missing chunks, as they came.</summary>
/// <param name="buffer">Rented; given back by <see cref="CopyTo"/>.</param>
/// <param name="length">Bytes in it.</param>
/// <param name="packed">Whether they are one zstd frame.</param>
internal sealed class ReceivedChunks(byte[] buffer, int length, bool packed)
{
    /// <summary>Unpacks them; call once.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if they are not exactly as many bytes as there is room for.</exception>
    public void CopyTo(Span<byte> target)
    {
        try
        {
            if (!(packed ? TryUnpack(target) : length == target.Length))
                throw new RepositoryException(ErrorCode.Usage, $"The chunks that came are not the {target.Length} bytes that were asked for");
            if (!packed)
                buffer.AsSpan(0, length).CopyTo(target);
        }
        finally
        {
            Blocks.Return(buffer);
        }
    }

    private bool TryUnpack(Span<byte> target)
    {
        using var lease = ZstdPool.Rent();
        return lease.Zstd.TryDecompress(buffer.AsSpan(0, length), prefix: default, target);
    }
}
