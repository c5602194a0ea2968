using StreamBack.Protocol;

namespace StreamBack.Server.Tests;

/// <summary>A whole stream, given in pieces of chosen lengths.</summary>
/// <param name="stream">The bytes.</param>
/// <param name="slice">The longest next piece, 1 or more; null for as much as fits.</param>
internal sealed class ByteSource(byte[] stream, Func<int>? slice = null) : IStreamSource
{
    private int position;

    public int Read(Span<byte> buffer)
    {
        var count = Math.Min(Math.Min(buffer.Length, slice?.Invoke() ?? int.MaxValue), stream.Length - position);
        stream.AsSpan(position, count).CopyTo(buffer);
        position += count;
        return count;
    }

    public void EnsureComplete()
    {
    }
}
