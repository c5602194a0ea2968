using System.Diagnostics;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A body, and how long it was waited for: what a client cannot tell from the time that all of its request took.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class TimedSource(IStreamSource body) : IStreamSource
{
    /// <summary>So far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var begin = Stopwatch.GetTimestamp();
        var read = body.Read(buffer);
        Waited += Stopwatch.GetElapsedTime(begin);
        return read;
    }

    /// <inheritdoc/>
    public void EnsureComplete() => body.EnsureComplete();

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length) => body.EnsureHash(sha256, length);
}
