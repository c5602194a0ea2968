using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Http;

/// <summary>
/// What stands before the bytes in a <see cref="RecordKind.SampledChunks"/>: of each chunk how many samples it has (u32), then all their
/// values (u32), little-endian. Whoever cut a stream has found them; finding them again takes as long as hashing.
/// </summary>
public static class SampledChunks
{
    /// <summary>Writes it.</summary>
    /// <param name="batch">The chunks, as they were cut.</param>
    /// <param name="numbers">Which of them are sent.</param>
    public static byte[] WriteHead(ChunkBatch batch, ReadOnlySpan<int> numbers)
    {
        var count = 0;
        foreach (var number in numbers)
            count += batch.Chunks[number].SampleCount;
        var head = new byte[(numbers.Length + count) * sizeof(uint)];
        var counts = MemoryMarshal.Cast<byte, uint>(head.AsSpan());
        var values = counts[numbers.Length..];
        foreach (var number in numbers)
        {
            var samples = batch.Samples(batch.Chunks[number]);
            counts[0] = (uint)samples.Length;
            counts = counts[1..];
            for (var at = 0; at < samples.Length; at++)
                values[at] = samples[at].Value;
            values = values[samples.Length..];
        }

        return head;
    }

    /// <summary>Reads it.</summary>
    /// <param name="record">The whole record.</param>
    /// <param name="lengths">Bytes of the chunks that it has.</param>
    /// <param name="values">The values of all samples.</param>
    /// <returns>Of each chunk how many samples it has, and where the chunks' bytes begin, which go to the record's end.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it has not these chunks.</exception>
    public static (int[] Counts, int Start) Read(ReadOnlySpan<byte> record, IReadOnlyList<int> lengths, out ReadOnlySpan<uint> values)
    {
        var (counts, total, bytes) = (new int[lengths.Count], 0L, 0L);
        var start = (long)lengths.Count * sizeof(uint);
        for (var number = 0; number < counts.Length && start <= record.Length; number++)
        {
            counts[number] = BinaryPrimitives.ReadInt32LittleEndian(record[(number * sizeof(uint))..]);
            if (counts[number] < 0 || counts[number] > SampleScanner.MaxSamples(lengths[number]))
                throw new RepositoryException(ErrorCode.Usage, $"No chunk of {lengths[number]} bytes has {counts[number]} samples");
            total += counts[number];
            bytes += lengths[number];
        }

        start += total * sizeof(uint);
        if (start + bytes != record.Length)
            throw new RepositoryException(ErrorCode.Usage, $"The chunks that came are not the {bytes} bytes that were asked for");
        values = MemoryMarshal.Cast<byte, uint>(record[(lengths.Count * sizeof(uint))..(int)start]);
        return (counts, (int)start);
    }
}
