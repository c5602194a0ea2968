using System.Runtime.InteropServices;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// About a mebibyte of a stream or less, cut into whole chunks: what a <see cref="Chunker"/> hands on at once.
/// <para>Owns: its buffers, which are reused when the batch is rented out again.</para>
/// <para>Threading: whoever holds it; the chunker keeps no reference to a batch that it has emitted.</para>
/// </summary>
public sealed class ChunkBatch
{
    /// <summary>
    /// Bytes of whole chunks that a batch can hold at least: enough that handing over and carrying an unfinished chunk on
    /// cost nothing beside the scan, few enough that the batches in flight stay within a put's share of memory.
    /// </summary>
    public const int TargetLength = 1 << 20;

    private readonly List<ChunkSlice> chunks = [];

    /// <param name="parameters">Those of the chunkers that will fill it: the buffer has room for one maximal chunk beyond the target.</param>
    /// <param name="targetLength">Bytes of whole chunks that it can hold at least; less only where nobody else cuts.</param>
    public ChunkBatch(ChunkingParameters parameters, int targetLength = TargetLength)
    {
        Buffer = GC.AllocateUninitializedArray<byte>(targetLength + parameters.Maximum);
        SampleBuffer = GC.AllocateUninitializedArray<Sample>(SampleScanner.MaxSamples(Buffer.Length + SampleScanner.Isolation));
    }

    /// <summary>Where the batch begins in its stream, in bytes.</summary>
    public long StreamOffset { get; internal set; }

    /// <summary>The chunks, in stream order, gapless from offset 0; at least one.</summary>
    public ReadOnlySpan<ChunkSlice> Chunks => CollectionsMarshal.AsSpan(chunks);

    internal byte[] Buffer { get; }

    internal Sample[] SampleBuffer { get; }

    /// <summary>The bytes of one of its chunks.</summary>
    public ReadOnlySpan<byte> Bytes(ChunkSlice chunk) => Buffer.AsSpan(chunk.Offset, chunk.Length);

    /// <summary>The samples of one of its chunks; their positions count from the start of the batch.</summary>
    public ReadOnlySpan<Sample> Samples(ChunkSlice chunk) => SampleBuffer.AsSpan(chunk.FirstSample, chunk.SampleCount);

    /// <summary>Room for chunks that somebody else cut; what was in the batch is gone.</summary>
    /// <param name="length">Bytes of all of them, at most the target and one maximal chunk.</param>
    public Span<byte> Receive(int length)
    {
        Clear();
        StreamOffset = 0;
        return Buffer.AsSpan(0, length);
    }

    /// <summary>Tells the lengths of the chunks that were received, and finds their samples.</summary>
    /// <param name="lengths">Bytes of each, in order; together as many as were received.</param>
    /// <param name="rollingHash">The repository's. A chunk's samples near its start depend on what lies before it here.</param>
    public void Divide(IEnumerable<int> lengths, RollingHash rollingHash)
    {
        var scanner = new SampleScanner(rollingHash);
        var (offset, samples) = (0, 0);
        foreach (var length in lengths)
        {
            var found = scanner.Scan(Buffer, offset, offset + length, SampleBuffer.AsSpan(samples));
            Add(new ChunkSlice(offset, length, samples, found));
            offset += length;
            samples += found;
        }
    }

    internal void Add(ChunkSlice chunk) => chunks.Add(chunk);

    internal void Clear() => chunks.Clear();
}
