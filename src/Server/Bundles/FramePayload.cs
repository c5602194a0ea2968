using System.Buffers.Binary;
using StreamBack.Protocol;

namespace StreamBack.Server.Bundles;

/// <summary>An authenticated frame, not unpacked: its payload is a zstd frame, or the plain bytes. Format: 4.1.</summary>
/// <remarks>Owns a pooled buffer until <see cref="Dispose"/>.</remarks>
internal sealed class FramePayload : IDisposable
{
    private readonly int length;
    private byte[] buffer;

    /// <param name="buffer">Rented; owned from here on.</param>
    /// <param name="length">Bytes of head and payload, which the buffer begins with.</param>
    /// <param name="plainLength">Bytes once unpacked, as the footer says.</param>
    /// <param name="what">The frame's name, for messages.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public FramePayload(byte[] buffer, int length, int plainLength, string what)
    {
        this.buffer = buffer;
        this.length = length;
        PlainLength = plainLength;
        What = what;
        var codec = (FrameCodec)buffer[0];
        if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(4)) is var said && said != plainLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: holds {said} bytes, footer says {plainLength}");
        if (codec > FrameCodec.Padding)
            throw new RepositoryException(ErrorCode.Unsupported, $"{what}: has codec {(byte)codec}, which this build does not know");
        IsPacked = codec == FrameCodec.Zstd;
        if (codec == FrameCodec.Padding ? plainLength > 0 : !IsPacked && Bytes.Length != plainLength)
            throw NotOpening();
    }

    /// <summary>Whether the payload is a zstd frame.</summary>
    public bool IsPacked { get; }

    /// <summary>Bytes once unpacked.</summary>
    public int PlainLength { get; }

    /// <summary>The payload; valid until dispose.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(BundleFormat.FrameHeadSize, length - BundleFormat.FrameHeadSize);

    private string What { get; }

    /// <summary>Unpacks it.</summary>
    /// <param name="plain">Exactly <see cref="PlainLength"/> bytes.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public void Unpack(Span<byte> plain)
    {
        if (!IsPacked)
        {
            Bytes[..plain.Length].CopyTo(plain);
            return;
        }

        using var lease = ZstdPool.Rent();
        if (!lease.Zstd.TryDecompress(Bytes, [], plain))
            throw NotOpening();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
            BlockPool.Shared.Return(buffer);
        buffer = [];
    }

    private RepositoryException NotOpening() => new(ErrorCode.Corrupt, $"{What}: its payload does not open to {PlainLength} bytes");
}
