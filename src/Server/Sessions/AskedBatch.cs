using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Sessions;

/// <summary>A batch of chunks that a client cut, and asked for before it sends them.</summary>
/// <param name="Lane">Which of the stored streams they are of.</param>
/// <param name="Ids">Their ids, in order; none as yet of a batch that was only told of.</param>
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
/// <param name="kind">One of the kinds that chunks come as.</param>
/// <param name="buffer">Rented; taken over by <see cref="MoveTo"/>.</param>
/// <param name="length">Bytes in it.</param>
internal sealed class ReceivedChunks(RecordKind kind, byte[] buffer, int length)
{
    /// <summary>Makes a batch of them; call once.</summary>
    /// <param name="batch">Gets them.</param>
    /// <param name="lengths">Bytes of each.</param>
    /// <param name="rollingHash">Finds their samples, if they come without.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if they are not exactly these.</exception>
    public void MoveTo(ChunkBatch batch, IReadOnlyList<int> lengths, RollingHash rollingHash)
    {
        if (kind == RecordKind.PackedChunks)
        {
            Unpack(batch.Receive(lengths.Sum()));
            batch.Divide(lengths, rollingHash);
            return;
        }

        batch.Receive(buffer, BlockPool.Shared.Return);
        if (kind == RecordKind.SampledChunks)
        {
            var (counts, start) = SampledChunks.Read(buffer.AsSpan(0, length), lengths, out var values);
            batch.Divide(start, lengths, counts, values);
            return;
        }

        if (length != lengths.Sum())
            throw Wrong(lengths.Sum());
        batch.Divide(lengths, rollingHash);
    }

    private void Unpack(Span<byte> target)
    {
        using var lease = ZstdPool.Rent();
        var opens = lease.Zstd.TryDecompress(buffer.AsSpan(0, length), prefix: default, target);
        BlockPool.Shared.Return(buffer);
        if (!opens)
            throw Wrong(target.Length);
    }

    private static RepositoryException Wrong(int expected) => new(ErrorCode.Usage, $"The chunks that came are not the {expected} bytes that were asked for");
}
