using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Quotas;

/// <summary>A source whose bytes count.</summary>
internal sealed class QuotaSource(IStreamSource source, QuotaShare share) : IStreamSource
{
    /// <inheritdoc/>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/> once there are too many.</exception>
    public int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        share.Add(read);
        return read;
    }

    /// <inheritdoc/>
    public void EnsureComplete() => source.EnsureComplete();

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length) => source.EnsureHash(sha256, length);
}
