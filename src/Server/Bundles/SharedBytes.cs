namespace StreamBack.Server.Bundles;

/// <summary>
/// Bytes that several holders read at once (an opened frame, a rebuilt chunk), in a pooled buffer that goes back when the
/// last of them lets go.
/// </summary>
/// <remarks>Threading: any number of threads; nobody writes after it is shared.</remarks>
internal sealed class SharedBytes
{
    private byte[] buffer;
    private int holders = 1;

    /// <summary>A buffer for exactly <paramref name="length"/> bytes, held once by the caller.</summary>
    public SharedBytes(int length)
    {
        buffer = BlockPool.Shared.Rent(length);
        Length = length;
    }

    /// <summary>The first <paramref name="length"/> bytes of a pooled buffer, held once by the caller.</summary>
    /// <param name="rented">Owned from here on.</param>
    public SharedBytes(byte[] rented, int length)
    {
        buffer = rented;
        Length = length;
    }

    /// <summary>Bytes in it.</summary>
    public int Length { get; }

    /// <summary>The bytes; valid while held.</summary>
    public Span<byte> Span => buffer.AsSpan(0, Length);

    /// <summary>Holds it once more.</summary>
    public SharedBytes Hold()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    /// <summary>Holds it once more, unless it is gone already.</summary>
    public bool TryHold()
    {
        var seen = Volatile.Read(ref holders);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref holders, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }

        return false;
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref holders) != 0)
            return;
        var returned = buffer;
        buffer = [];
        BlockPool.Shared.Return(returned);
    }
}
