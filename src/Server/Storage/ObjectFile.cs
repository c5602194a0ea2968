using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>
/// A file of an <see cref="ObjectStore"/>. Its first bytes and its last ones are asked for in one piece each: a bundle's head and key
/// slots, and its trailer and footer, are four small reads.
/// </summary>
/// <remarks>Threading: any number of threads. Memory: up to 260 KiB while it is open.</remarks>
internal sealed class ObjectFile(IObjectSource source, ObjectKind kind, ObjectId id, long length) : IStoredFile
{
    /// <summary>A head with all the key slots that a bundle had so far.</summary>
    private const int HeadLength = 4 << 10;

    /// <summary>The footer of a full bundle with chunks of the default length has about 100 KiB.</summary>
    private const int TailLength = 256 << 10;

    /// <summary>Trailers are shorter.</summary>
    private const int LongestTrailer = 64;

    private readonly Lock gate = new();
    private byte[] head = [];
    private byte[] tail = [];

    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > length - destination.Length)
            return false;
        lock (gate)
        {
            if (offset == 0 && head.Length == 0 && destination.Length <= HeadLength)
                head = Read(0, (int)Math.Min(HeadLength, length));
            if (offset + destination.Length == length && tail.Length == 0 && destination.Length <= LongestTrailer)
                tail = Read(length - Math.Min(TailLength, length), (int)Math.Min(TailLength, length));
            if (TryCopy(head, offset, destination) || TryCopy(tail, offset - (length - tail.Length), destination))
                return true;
        }

        Read(offset, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static bool TryCopy(byte[] window, long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > window.Length - destination.Length)
            return false;
        window.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return true;
    }

    private byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    private void Read(long offset, Span<byte> destination)
    {
        try
        {
            source.Read(kind, id, offset, destination);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            throw new RepositoryException(ErrorCode.Corrupt, $"{kind.ToFile().Word()} {id} is no longer there", error);
        }
    }
}
