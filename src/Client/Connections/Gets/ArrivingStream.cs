using StreamBack.Protocol;
using StreamBack.Protocol.Tar;

namespace StreamBack.Client.Connections.Gets;

/// <summary>
/// A stream as it arrives: hashed on another core while it is written, and held back, where the server says so, until the hash is
/// confirmed: what is cut before must not look whole.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
/// <param name="target">Where it goes; not closed.</param>
/// <param name="isTar">Whether it is a tar.</param>
internal sealed class ArrivingStream(Stream target, bool isTar) : IDisposable
{
    /// <summary>Bytes that are held back at the most, whatever a server says: twice what one needs.</summary>
    private const int MaxHeld = 16 << 20;

    /// <summary>Bytes of half a tar's header.</summary>
    private const int HalfHeader = 256;

    private readonly RunningHash hash = new();
    private readonly MemoryStream held = new();
    private long written;
    private long safe;
    private bool isSafeInHeader;
    private bool endsInHeader;

    /// <summary>Bytes that are here.</summary>
    public long Position { get; private set; }

    /// <summary>The server says up to where the stream may be let out.</summary>
    /// <param name="offset">In the stream.</param>
    /// <param name="cutsHeader">Whether it is inside a header, so that a stream which ends there has to be spoiled.</param>
    public void LetOut(long offset, bool cutsHeader)
    {
        if (offset > safe)
            (safe, isSafeInHeader) = (offset, cutsHeader);
    }

    /// <summary>Counts bytes in that the target has already.</summary>
    /// <param name="block">Must not change for as long as a <see cref="RunningHash"/> needs it.</param>
    public void Skip(ReadOnlyMemory<byte> block)
    {
        hash.Append(block);
        Position += block.Length;
        written = Position;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="block">Must not change for as long as a <see cref="RunningHash"/> needs it.</param>
    /// <exception cref="RepositoryException">More is to be held back than is needed.</exception>
    public void Write(ReadOnlyMemory<byte> block)
    {
        hash.Append(block);
        if (held.Length > 0)
            WriteHeld();
        var count = held.Length > 0 ? 0 : (int)Math.Clamp(Limit(Position + block.Length) - Position, 0, block.Length);
        target.Write(block.Span[..count]);
        Wrote(count);
        held.Write(block.Span[count..]);
        Position += block.Length;
        if (held.Length > MaxHeld)
            throw new RepositoryException(ErrorCode.Failed, $"The server wants more than {MaxHeld} bytes to be held back");
    }

    /// <summary>The hash of all that is here, 64 hex digits.</summary>
    public string Hash() => hash.Finish();

    /// <summary>What is held back never goes out: a tar that ends where it looks whole gets an end that no reader takes for one.</summary>
    public void Spoil()
    {
        if (isTar && (written == 0 || endsInHeader) && !target.CanSeek)
            TarSpoiler.WriteTo(target);
    }

    /// <summary>Writes what was held back: the whole is confirmed.</summary>
    public void Release()
    {
        (safe, isSafeInHeader) = (Position, false);
        WriteHeld();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hash.Dispose();
        held.Dispose();
    }

    // Before a tar's first contents half of its first header goes out, which no reader takes for an end.
    private long Limit(long position) => safe == 0 && isTar && position >= HalfHeader ? HalfHeader : safe;

    private void Wrote(int count)
    {
        written += count;
        if (count > 0)
            endsInHeader = written == safe && isSafeInHeader;
    }

    private void WriteHeld()
    {
        var count = (int)Math.Clamp(Limit(Position) - written, 0, held.Length);
        var bytes = held.GetBuffer().AsSpan(0, (int)held.Length);
        target.Write(bytes[..count]);
        Wrote(count);
        bytes[count..].CopyTo(bytes);
        held.SetLength(bytes.Length - count);
    }
}
