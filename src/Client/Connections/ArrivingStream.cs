using StreamBack.Client.Connections.Puts;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;

namespace StreamBack.Client.Connections;

/// <summary>
/// A stream as it arrives: hashed on another core while it is written, and its end held back, from where the server says, until the
/// hash is confirmed: what is cut before must not look whole.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
/// <param name="target">Where it goes; not closed.</param>
internal sealed class ArrivingStream(Stream target) : IDisposable
{
    /// <summary>Bytes that are held back at the most, whatever a server says: twice what one needs.</summary>
    private const long MaxHeld = 8 << 20;

    private readonly RunningHash hash = new();
    private readonly MemoryStream held = new();
    private StreamCut cut = new(long.MaxValue, InsideHeader: false);

    /// <summary>Bytes that are here.</summary>
    public long Position { get; private set; }

    /// <summary>The server says from where on the stream is to be held back.</summary>
    /// <param name="told">What it says.</param>
    /// <param name="length">Bytes of the stream.</param>
    public void HoldFrom(StreamCut told, long length) => cut = told with { Offset = Math.Max(told.Offset, length - MaxHeld) };

    /// <summary>Counts bytes in that the target has already.</summary>
    /// <param name="block">Must not change before the next one comes.</param>
    public void Skip(ReadOnlyMemory<byte> block)
    {
        hash.Append(block);
        Position += block.Length;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="block">Must not change before the next one comes.</param>
    public void Write(ReadOnlyMemory<byte> block)
    {
        hash.Append(block);
        var count = (int)Math.Clamp(cut.Offset - Position, 0, block.Length);
        target.Write(block.Span[..count]);
        held.Write(block.Span[count..]);
        Position += block.Length;
    }

    /// <summary>The hash of all that is here, 64 hex digits.</summary>
    public string Hash() => hash.Finish();

    /// <summary>What is held back never goes out: a tar that ends inside a header gets an end that no reader takes for one.</summary>
    public void Spoil()
    {
        if (cut.InsideHeader && !target.CanSeek)
            TarSpoiler.WriteTo(target);
    }

    /// <summary>Writes what was held back: the whole is confirmed.</summary>
    public void Release()
    {
        target.Write(held.GetBuffer().AsSpan(0, (int)held.Length));
        held.SetLength(0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hash.Dispose();
        held.Dispose();
    }
}
