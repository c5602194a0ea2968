using System.Runtime.InteropServices;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// About a mebibyte of a stream or less, cut into whole chunks: what a <see cref="Chunker"/> hands on at once.
/// <para>Owns: its buffers, which are reused when the batch is rented out again, and one that it was given, until <see cref="Release"/>.</para>
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
    private readonly int capacity;
    private byte[]? own;
    private byte[]? taken;
    private Action<byte[]>? giveBack;
    private Sample[]? samples;

    /// <param name="parameters">Those of the chunkers that will fill it: the buffer has room for one maximal chunk beyond the target.</param>
    /// <param name="targetLength">Bytes of whole chunks that it can hold at least; less only where nobody else cuts.</param>
    public ChunkBatch(ChunkingParameters parameters, int targetLength = TargetLength) => capacity = targetLength + parameters.Maximum;

    /// <summary>Where the batch begins in its stream, in bytes.</summary>
    public long StreamOffset { get; internal set; }

    /// <summary>The chunks, in stream order, gapless; at least one. What was cut here begins at offset 0.</summary>
    public ReadOnlySpan<ChunkSlice> Chunks => CollectionsMarshal.AsSpan(chunks);

    /// <summary>The bytes of all its chunks, one after another.</summary>
    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(chunks[0].Offset, chunks[^1].Offset + chunks[^1].Length - chunks[0].Offset);

    // Made when they are needed: what comes from a client brings its own.
    internal byte[] Buffer => taken ?? (own ??= GC.AllocateUninitializedArray<byte>(capacity));

    internal Sample[] SampleBuffer => RoomForSamples(SampleScanner.MaxSamples(capacity + SampleScanner.Isolation));

    /// <summary>The bytes of one of its chunks.</summary>
    public ReadOnlySpan<byte> Bytes(ChunkSlice chunk) => Buffer.AsSpan(chunk.Offset, chunk.Length);

    /// <summary>The samples of one of its chunks; their positions count from the start of the batch.</summary>
    public ReadOnlySpan<Sample> Samples(ChunkSlice chunk) => samples.AsSpan(chunk.FirstSample, chunk.SampleCount);

    /// <summary>Room for chunks that somebody else cut; what was in the batch is gone.</summary>
    /// <param name="length">Bytes of all of them, at most the target and one maximal chunk.</param>
    public Span<byte> Receive(int length)
    {
        Clear();
        return Buffer.AsSpan(0, length);
    }

    /// <summary>Takes a buffer with chunks that somebody else cut; what was in the batch is gone.</summary>
    /// <param name="buffer">Owned until <see cref="Release"/>.</param>
    /// <param name="giveBack">Gets it then.</param>
    public void Receive(byte[] buffer, Action<byte[]> giveBack)
    {
        Clear();
        (taken, this.giveBack) = (buffer, giveBack);
    }

    /// <summary>Tells the lengths of the chunks that were received at the start of the buffer, and finds their samples.</summary>
    /// <param name="lengths">Bytes of each, in order; together as many as were received.</param>
    /// <param name="rollingHash">The repository's. A chunk's samples near its start depend on what lies before it here.</param>
    public void Divide(IReadOnlyList<int> lengths, RollingHash rollingHash)
    {
        var scanner = new SampleScanner(rollingHash);
        var (offset, first) = (0, 0);
        foreach (var length in lengths)
        {
            var found = scanner.Scan(Buffer, offset, offset + length, SampleBuffer.AsSpan(first));
            Add(new ChunkSlice(offset, length, first, found));
            offset += length;
            first += found;
        }
    }

    /// <summary>Tells the lengths of the chunks that were received, and their samples.</summary>
    /// <param name="start">Where they begin in the buffer.</param>
    /// <param name="lengths">Bytes of each, in order; together as many as were received.</param>
    /// <param name="counts">How many samples each has: at most <see cref="SampleScanner.MaxSamples"/> of its length.</param>
    /// <param name="values">The samples' values; where they are is not known.</param>
    public void Divide(int start, IReadOnlyList<int> lengths, IReadOnlyList<int> counts, ReadOnlySpan<uint> values)
    {
        var samples = RoomForSamples(values.Length);
        for (var number = 0; number < values.Length; number++)
            samples[number] = new Sample(-1, values[number]);
        var first = 0;
        for (var number = 0; number < lengths.Count; number++)
        {
            Add(new ChunkSlice(start, lengths[number], first, counts[number]));
            start += lengths[number];
            first += counts[number];
        }
    }

    /// <summary>Gives back a buffer that it took: nobody reads its chunks any more.</summary>
    public void Release() => Clear();

    internal void Add(ChunkSlice chunk) => chunks.Add(chunk);

    internal void Clear()
    {
        chunks.Clear();
        StreamOffset = 0;
        if (taken is null)
            return;
        giveBack!(taken);
        taken = null;
    }

    private Sample[] RoomForSamples(int count) =>
        samples is { } room && room.Length >= count ? room : samples = GC.AllocateUninitializedArray<Sample>(count);
}
