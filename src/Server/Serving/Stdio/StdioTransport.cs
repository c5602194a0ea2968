using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>Two pipes as the one connection that a server ever gets.</summary>
/// <remarks>When the other side hangs up, or has read all it wants, <paramref name="ended"/> is called.</remarks>
internal sealed class StdioTransport(InputPipe input, Stream output, Action ended) : IConnectionListenerFactory, IConnectionListener
{
    /// <summary>Bytes written at once: what a large pipe takes in a few rounds.</summary>
    private const int WriteLength = 128 << 10;

    private readonly TaskCompletionSource<ConnectionContext?> noMore = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool given;

    /// <inheritdoc/>
    public EndPoint EndPoint => StdioEndPoint.Instance;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    /// <inheritdoc/>
    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (given)
            return new(noMore.Task);
        given = true;
        StdioConnection? connection = null;
        var untilGone = new HangUpStream(output, () =>
        {
            // Its input may stay open, and nothing else would end the wait for the next request.
            connection!.Abort();
            ended();
        });
        var writer = PipeWriter.Create(untilGone, new StreamPipeWriterOptions(minimumBufferSize: WriteLength, leaveOpen: true));
        connection = new StdioConnection(input, writer, ended);
        return new(connection);
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        noMore.TrySetResult(null);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync();

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class StdioConnection : DefaultConnectionContext, IConnectionLifetimeNotificationFeature
    {
        private readonly InputPipe input;
        private readonly Action ended;

        // Its own, and never disposed: the one that it inherits may be cancelled after it was.
        private readonly CancellationTokenSource closed = new();

        public StdioConnection(InputPipe input, PipeWriter output, Action ended)
            : base("stdio")
        {
            Transport = Application = new Duplex(input, output);
            this.input = input;
            this.ended = ended;
            ConnectionClosed = closed.Token;
        }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => Abort();

        // A socket that is closed ends what waits for the next request; a pipe stays open for as long as the client waits for more.
        public override void Abort(ConnectionAbortedException abortReason)
        {
            input.End();
            _ = closed.CancelAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync().ConfigureAwait(false);
            ended();
        }
    }
}

/// <summary>Where the one connection comes from.</summary>
internal sealed class StdioEndPoint : EndPoint
{
    /// <summary>The only one.</summary>
    public static StdioEndPoint Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "stdio";
}
