using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Bundles;

/// <summary>Chunks on their way into one frame: their stored bytes, one after another, and what is known of each.</summary>
/// <remarks>
/// Threading: one thread at a time; what is held may be read by others. Holds its bytes until <see cref="Dispose"/>.
/// </remarks>
internal sealed class OpenFrame : IDisposable
{
    /// <summary>
    /// Bytes that are compressed together: zstd 3 gains little beyond 1 MiB, and a reader of one chunk opens all of it
    /// (docs/decisions/0003). A longer chunk has a frame of its own.
    /// </summary>
    public const int TargetLength = 1 << 20;

    /// <summary>Bytes of the first buffer: all that most frames of layouts, deltas and recipes ever have.</summary>
    private const int FirstLength = 256 << 10;

    private readonly List<FrameEntry> entries = [];
    private SharedBytes buffer;

    /// <param name="firstLength">Stored bytes of the first entry.</param>
    public OpenFrame(int firstLength) => buffer = new SharedBytes(Math.Max(firstLength, FirstLength));

    /// <summary>Stored bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The entries so far, in order.</summary>
    public IReadOnlyList<FrameEntry> Entries => entries;

    /// <summary>The stored bytes so far.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.Span[..Length];

    /// <summary>Whether an entry of this length still belongs into this frame.</summary>
    public bool HasRoom(int storedLength) => Length + storedLength <= TargetLength || Length == 0;

    /// <summary>Appends a plain chunk.</summary>
    public void AddPlain(ChunkId id, ReadOnlySpan<byte> chunk, SuperFeatures features) =>
        Append(new FrameEntry(id, chunk.Length, chunk.Length, null, features), chunk);

    /// <summary>Appends a delta.</summary>
    public void AddDelta(ChunkId id, int chunkLength, ChunkId baseId, ReadOnlySpan<byte> delta, SuperFeatures features) =>
        Append(new FrameEntry(id, delta.Length, chunkLength, baseId, features), delta);

    /// <summary>Holds the bytes once more, for who wants to read them later; nothing may be appended any more.</summary>
    public SharedBytes Hold() => buffer.Hold();

    /// <inheritdoc/>
    public void Dispose() => buffer.Release();

    private void Append(FrameEntry entry, ReadOnlySpan<byte> stored)
    {
        if (Length + stored.Length > buffer.Length)
            Grow();
        stored.CopyTo(buffer.Span[Length..]);
        Length += stored.Length;
        entries.Add(entry);
    }

    private void Grow()
    {
        var longer = new SharedBytes(TargetLength);
        Bytes.CopyTo(longer.Span);
        buffer.Release();
        buffer = longer;
    }
}
