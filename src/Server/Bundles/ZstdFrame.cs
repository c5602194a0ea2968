namespace StreamBack.Server.Bundles;

/// <summary>zstd frames for the wire.</summary>
/// <remarks>Threading: any number of threads.</remarks>
public static class ZstdFrame
{
    /// <summary>Compresses bytes into one frame that carries its length.</summary>
    /// <param name="plain">What to compress.</param>
    /// <param name="level">zstd's.</param>
    /// <returns>Null if that saves less than a sixteenth.</returns>
    public static byte[]? TryPack(ReadOnlySpan<byte> plain, int level)
    {
        var room = plain.Length - (plain.Length / 16);
        using var buffer = System.Buffers.MemoryPool<byte>.Shared.Rent(Math.Max(room, 1));
        using var lease = ZstdPool.Rent();
        var length = lease.Zstd.Compress(plain, prefix: default, level, buffer.Memory.Span[..room]);
        return length > 0 ? buffer.Memory.Span[..length].ToArray() : null;
    }

    /// <summary>Opens a frame.</summary>
    /// <param name="length">Bytes that it holds.</param>
    /// <exception cref="InvalidDataException">It is no such frame.</exception>
    public static byte[] Open(ReadOnlySpan<byte> frame, int length)
    {
        var plain = new byte[length];
        return TryOpen(frame, plain) ? plain : throw new InvalidDataException("A frame of one's own does not open");
    }

    /// <summary>Opens a frame that somebody else made.</summary>
    /// <param name="plain">Exactly as many bytes as it should hold.</param>
    /// <returns>False if it is no such frame.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> frame, Span<byte> plain)
    {
        using var lease = ZstdPool.Rent();
        return lease.Zstd.TryDecompress(frame, prefix: default, plain);
    }
}
