using System.Diagnostics;
using System.IO.Pipes;
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

    /// <summary>From here on an exit code tells of a signal, or, 255, of ssh itself: the same may go well later.</summary>
    private const int FirstPassingExitCode = 128;

    /// <summary>From here on a shell found nothing to run.</summary>
    private const int FirstShellExitCode = 126;

    private readonly SshLocation location;
    private Process? process;
    private PipePair? pipes;
    private HttpRequestMessage? asker;
    private Task<Process>? starting;

    /// <summary>Begins to start ssh: what it starts takes longer than all that is done here before the first request.</summary>
    /// <param name="location">Where.</param>
    public SshTransport(SshLocation location)
    {
        this.location = location;
        starting = Task.Run(Start);
    }

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
        ConnectCallback = (context, _) => new ValueTask<Stream>(rate is { } limit ? new LimitedStream(Connect(context.InitialRequestMessage), limit) : Connect(context.InitialRequestMessage)),
    };

    /// <summary>Ends an ssh that has nothing to say any more, and tells what came of it.</summary>
    /// <returns>An error that is for good: the far side ended by itself before it said a word. Null otherwise.</returns>
    public RepositoryException? EndUnheard()
    {
        var unheard = pipes is { HasHeard: false };
        if (End() is not (>= 0 and < FirstPassingExitCode and var exitCode) || !unheard)
            return null;
        return new RepositoryException(
            ErrorCodes.OfExit(exitCode) ?? ErrorCode.Failed,
            exitCode switch
            {
                0 => $"{location}: the far side answered nothing, so it is no streamback serve --stdio",
                >= FirstShellExitCode => $"{location}: streamback cannot be run there (exit code {exitCode})",
                _ => $"{location}: the far side ended with exit code {exitCode}, and said why",
            });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process ??= Started();
        End();
    }

    private PipePair Connect(HttpRequestMessage request)
    {
        if (EndUnheard() is { } refusal)
            throw refusal;

        // HTTP would start ssh again and again for one request; when to try again is for who sent it to say.
        if (ReferenceEquals(request, asker))
            throw new ConnectionLostException($"The connection to {location} is lost: ssh ended", inner: null);
        asker = request;
        process = (starting ?? Task.Run(Start)).GetAwaiter().GetResult();
        starting = null;
        return pipes = new PipePair((PipeStream)process.StandardOutput.BaseStream, (PipeStream)process.StandardInput.BaseStream);
    }

    // One that was never asked for anything.
    private Process? Started()
    {
        var begun = starting;
        starting = null;
        try
        {
            return begun?.GetAwaiter().GetResult();
        }
        catch (RepositoryException)
        {
            return null;
        }
    }

    private Process Start() => Start(location, "serve --stdio");

    /// <summary>Makes a repository on the far side that holds copies, and no key.</summary>
    /// <param name="config">That of the repository that is copied.</param>
    /// <exception cref="RepositoryException">It could not be made; what was wrong the far side has said.</exception>
    public static void MakeReplica(SshLocation location, byte[] config)
    {
        using var process = Start(location, "init --replica");
        try
        {
            using (var input = process.StandardInput.BaseStream)
                input.Write(config);
        }
        catch (IOException)
        {
            // It has ended, and its exit code tells how.
        }

        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new RepositoryException(ErrorCodes.OfExit(process.ExitCode) ?? ErrorCode.Failed, $"{location}: no copy could be made there (exit code {process.ExitCode})");
    }

    private static Process Start(SshLocation location, string verb)
    {
        var start = new ProcessStartInfo("ssh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in Arguments(location, verb))
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new RepositoryException(ErrorCode.Failed, $"ssh cannot be run: {error.Message}", error);
        }
    }

    /// <returns>Its exit code; null if there is none, or it had to be killed.</returns>
    private int? End()
    {
        if (process is null)
            return null;
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // HTTP has closed it, or ssh is gone already.
        }

        int? exitCode = null;
        if (process.WaitForExit(Patience))
            exitCode = process.ExitCode;
        else
            process.Kill();
        process.Dispose();
        process = null;
        return exitCode;
    }

    // The far side's shell reads the command; a path is quoted for it.
    private static IEnumerable<string> Arguments(SshLocation location, string verb)
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
            ? $"streamback {verb}"
            : $"streamback --repository '{location.Path.Replace("'", "'\\''", StringComparison.Ordinal)}' {verb}";
    }
}
