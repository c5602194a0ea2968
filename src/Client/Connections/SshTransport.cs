using System.Diagnostics;
using System.Net.Http;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>
/// The user's own ssh, with its configuration and agent, running <c>streamback serve --stdio</c> on the far side; HTTP goes over
/// its two pipes.
/// </summary>
/// <remarks>
/// Each connection is an ssh of its own: after a lost one another is started. Dispose ends it. What ssh has to say it says
/// itself, on standard error.
/// </remarks>
internal sealed class SshTransport : IDisposable
{
    /// <summary>How long ssh may take to end once its input is closed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SshLocation location;
    private Process? process;

    /// <param name="location">Where.</param>
    public SshTransport(SshLocation location) => this.location = location;

    /// <summary>A handler whose one connection is the two pipes of an ssh.</summary>
    /// <param name="rate">Bytes a second that may go either way; null for any.</param>
    public SocketsHttpHandler Handler(long? rate) => new()
    {
        MaxConnectionsPerServer = 1,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        Expect100ContinueTimeout = Timeout.InfiniteTimeSpan,
        ConnectCallback = (_, _) => new ValueTask<Stream>(rate is { } limit ? new LimitedStream(Connect(), limit) : Connect()),
    };

    /// <inheritdoc/>
    public void Dispose() => End();

    private PipePair Connect()
    {
        End();
        var start = new ProcessStartInfo("ssh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in Arguments(location))
            start.ArgumentList.Add(argument);
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new RepositoryException(ErrorCode.Failed, $"ssh cannot be run: {error.Message}", error);
        }

        return new PipePair(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
    }

    private void End()
    {
        if (process is null)
            return;
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // HTTP has closed it, or ssh is gone already.
        }

        if (!process.WaitForExit(Patience))
            process.Kill();
        process.Dispose();
        process = null;
    }

    // The far side's shell reads the command; a path is quoted for it.
    private static IEnumerable<string> Arguments(SshLocation location)
    {
        yield return "-T";
        if (location.Port is { } port)
        {
            yield return "-p";
            yield return port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        yield return "--";
        yield return location.Host;
        yield return location.Path.Length == 0
            ? "streamback serve --stdio"
            : $"streamback --repository '{location.Path.Replace("'", "'\\''", StringComparison.Ordinal)}' serve --stdio";
    }
}
