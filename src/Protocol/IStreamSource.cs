namespace StreamBack.Protocol;

/// <summary>
/// Where a put's bytes come from. The end of the bytes is not yet success: the source has a verdict of its own.
/// </summary>
public interface IStreamSource
{
    /// <summary>Reads the next bytes, blocking until there are some.</summary>
    /// <returns>1 to <paramref name="buffer"/>'s length; 0 only at the end.</returns>
    int Read(Span<byte> buffer);

    /// <summary>Called once after the end. Returns if all of the stream was there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Incomplete"/>, saying what failed.</exception>
    void EnsureComplete();

    /// <summary>Called once after <see cref="EnsureComplete"/>. Returns if these are the bytes that were meant.</summary>
    /// <param name="sha256">Of all bytes that were read: 64 hex digits.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the source knows better.</exception>
    void EnsureHash(string sha256, long length)
    {
    }
}
