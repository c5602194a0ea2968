using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Serving.Metrics;

namespace StreamBack.Server.Serving.Http;

/// <summary>Sends JSON objects, one a line, while they are found. It takes a turn, as a get does.</summary>
internal static class LinesAnswer
{
    /// <summary>Bytes of lines sent at once: some hundreds of members.</summary>
    private const int LineBlock = 64 << 10;

    /// <summary>Sends them. What goes wrong before the first of them is the answer; what does later is told among the lines.</summary>
    /// <param name="call">The request.</param>
    /// <param name="type">What they are.</param>
    /// <param name="find">Gives them; told where to tell of what is passed over, and what ends it.</param>
    public static Task Send<T>(ApiCall call, JsonTypeInfo<T> type, Func<Action<RepositoryException>, CancellationToken, IEnumerable<T>> find) => StreamRun.Run(call, StreamKind.Get, ended =>
    {
        // Not disposed, which would begin the answer where there is none.
        var lines = new BufferedStream(new ResponseBodyStream(call.Context.Response.BodyWriter, call.Flow, ended), LineBlock);
        var any = false;
        call.BeginLines();
        try
        {
            foreach (var found in find(error => Write(lines, new ControlLine(Error: Failure.Of(error)), WireJson.Default.ControlLine), ended))
            {
                any = true;
                Write(lines, found, type);
            }

            Write(lines, new ControlLine(End: true), WireJson.Default.ControlLine);
        }
        catch (RepositoryException error) when (any || call.Context.Response.HasStarted)
        {
            Write(lines, new ControlLine(Error: Failure.Of(error)), WireJson.Default.ControlLine);
            lines.Flush();
            throw;
        }

        lines.Flush();
        return true;
    });

    private static void Write<T>(Stream lines, T value, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(lines, value, type);
        lines.WriteByte((byte)'\n');
    }
}
