using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>
/// Answers a request that nobody sent, on a core that would be idle while the repository is opened: what Kestrel does for the first time
/// takes 40 ms (docs/decisions/0006).
/// </summary>
public static class StdioHeadStart
{
    private const string Request = "POST / HTTP/1.1\r\nHost: stdio\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    /// <summary>Far more than it takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Begins; returns at once. Nothing comes of it but time.</summary>
    public static void Begin()
    {
        if (Environment.ProcessorCount > 1)
            _ = Task.Run(Practise);
    }

    private static async Task Practise()
    {
        try
        {
            RequestPipeline.BeStrict();
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var logs = new LateLog(LogLevel.None);
            var transport = new StdioTransport(new InputPipe(Encoding.ASCII.GetBytes(Request), Stream.Null), Stream.Null, () => ended.TrySetResult());
            using var kestrel = await StdioHost.Start(new KestrelServerOptions(), Answer, transport, logs).ConfigureAwait(false);
            await ended.Task.WaitAsync(Patience).ConfigureAwait(false);
            await kestrel.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What does not work is told where it is needed.
        }
    }

    private static async Task Answer(HttpContext context)
    {
        var body = await context.Request.BodyReader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(body.Buffer.First, context.RequestAborted).ConfigureAwait(false);
        context.Request.BodyReader.AdvanceTo(body.Buffer.End);
    }
}
