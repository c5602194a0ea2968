using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Http;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Quotas;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>Serves one repository to whoever is at the other end of two pipes, such as an ssh session: HTTP, or one request line.</summary>
public static class StdioServer
{
    /// <summary>A line is typed by a program; who takes longer is not there.</summary>
    private static readonly TimeSpan LineWithin = TimeSpan.FromSeconds(30);

    /// <summary>Serves until the other side hangs up.</summary>
    /// <param name="repository">Open; not disposed.</param>
    /// <param name="options">What it may do, and how.</param>
    /// <param name="input">What it sends.</param>
    /// <param name="output">What it gets: nothing but answers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RepositoryException">What a request line could not be given; nothing was written then.</exception>
    public static async Task Run(
        EmbeddedRepository repository, StdioOptions options, Stream input, Stream output, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var beginning = await ReadBeginning(input, patience, stop).ConfigureAwait(false);
        if (beginning.Length == 0)
            return;
        if (RequestLine.Begins(beginning))
        {
            var line = await ReadLine(beginning, input, patience.Token, stop).ConfigureAwait(false);
            Answer(Parts(repository, options), options.Access, RequestLine.Parse(line), output, stop);
        }
        else if (char.IsAsciiLetterUpper((char)beginning[0]))
        {
            await ServeHttp(Parts(repository, options), options.Logs, new InputPipe(beginning, input), output, stop).ConfigureAwait(false);
        }
        else
        {
            throw new RepositoryException(ErrorCode.Usage, "What came is neither HTTP nor a request line");
        }
    }

    private static ServerParts Parts(EmbeddedRepository repository, StdioOptions options) => new(
        repository,
        new Authentication(tokens: null, new Caller("stdio", options.Access)),
        options.Limits,
        Quota.Of(repository, options.Quotas, options.StateFolder),
        new DamagedSnapshots(options.StateFolder),
        options.StateFolder,
        KnownHosts.Any,
        options.Expected)
    {
        AtRest = TimeSpan.Zero,
        HasOneClient = true,
    };

    private static void Answer(ServerParts parts, Access access, RequestLine line, Stream output, CancellationToken stop)
    {
        using var repository = parts.Served(parts.Repository);
        using var age = new SessionAge(parts.Limits.SessionAge, stop);
        using var paced = new PacedStream(output, new Pace(parts.Limits.BodyRate), age.Ended);
        var allowed = line.Candidates.Where(selector => access.Covers(selector.Name.ToString())).ToList();
        access.Require(Capabilities.Get, (allowed.Count > 0 ? allowed : line.Candidates)[0].Name.ToString());
        RepositoryException? notFound = null;
        foreach (var selector in allowed)
        {
            try
            {
                var snapshot = repository.Find(selector);
                age.Run(() =>
                {
                    if (line.Paths.Count > 0)
                        repository.GetPart(snapshot, line.Paths, paced, new TransferProgress(), age.Ended);
                    else
                        repository.Get(snapshot, paced, prefix: null, new TransferProgress(), age.Ended);
                    return true;
                });
                if (snapshot.IsPartial)
                    throw new RepositoryException(ErrorCode.Incomplete, $"{snapshot.ShortName} is marked {string.Join(", ", snapshot.Marks)}: the source did not finish");
                return;
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
            {
                notFound ??= error;
            }
        }

        throw notFound!;
    }

    private static async Task ServeHttp(ServerParts parts, LogLevel logLevel, InputPipe input, Stream output, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var logs = ServerLog.Open(logLevel);
        using var pipeline = new RequestPipeline(parts, logs);
        using var kestrel = await StdioHost.Start(pipeline, new StdioTransport(input, output, ended.Cancel), logs).ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, ended.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        await pipeline.Stop(kestrel.StopAsync).ConfigureAwait(false);
    }

    // As much as tells a request line from HTTP. A client may hold its connection ready; who has begun to speak must go on.
    private static async Task<byte[]> ReadBeginning(Stream input, CancellationTokenSource patience, CancellationToken stop)
    {
        var bytes = new byte[RequestLine.LongestBeginning];
        var length = 0;
        while (length < bytes.Length && !bytes.AsSpan(0, length).Contains((byte)'\n'))
        {
            var read = await Read(input, bytes.AsMemory(length), patience.Token, stop).ConfigureAwait(false);
            if (read == 0)
                break;
            if (length == 0)
                patience.CancelAfter(LineWithin);
            length += read;
        }

        return bytes[..length];
    }

    private static async Task<byte[]> ReadLine(byte[] beginning, Stream input, CancellationToken patience, CancellationToken stop)
    {
        var line = new byte[RequestLine.MaxLength];
        beginning.CopyTo(line, 0);
        var length = beginning.Length;
        while (!line.AsSpan(0, length).Contains((byte)'\n'))
        {
            if (length == line.Length)
                throw new RepositoryException(ErrorCode.Usage, $"The request line has more than {RequestLine.MaxLength} bytes");
            var read = await Read(input, line.AsMemory(length), patience, stop).ConfigureAwait(false);
            if (read == 0)
                break;
            length += read;
        }

        var end = line.AsSpan(0, length).IndexOf((byte)'\n');
        return line[..(end < 0 ? length : end)];
    }

    // A token does not end a read of a pipe. That read is left behind: nobody reads after it.
    private static async Task<int> Read(Stream input, Memory<byte> buffer, CancellationToken patience, CancellationToken stop)
    {
        try
        {
            return await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The request line does not end within {LineWithin.TotalSeconds:0} seconds");
        }
    }
}
