using StreamBack.Client.Connections;
using StreamBack.Protocol;

namespace StreamBack.Client.Sources;

/// <summary>Reads a source at a rate, for a repository to which no wire leads.</summary>
internal sealed class LimitedSource(IStreamSource source, long rate, CancellationToken cancellation) : IStreamSource
{
    private readonly TokenBucket bucket = new(rate, TimeProvider.System);

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer[..Math.Min(buffer.Length, bucket.Piece)]);
        cancellation.WaitHandle.WaitOne(bucket.Take(read));
        return read;
    }

    /// <inheritdoc/>
    public void EnsureComplete() => source.EnsureComplete();

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length) => source.EnsureHash(sha256, length);
}
