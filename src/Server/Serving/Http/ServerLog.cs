using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace StreamBack.Server.Serving.Http;

/// <summary>The server's log: JSON objects on standard error, one a line, each with its UTC time.</summary>
internal static class ServerLog
{
    /// <summary>What our own lines are of.</summary>
    public const string Category = "streamback";

    /// <summary>Characters of what a request says in a line: as many as tell it from others. The rest is as much as a request may be.</summary>
    private const int MaxQuote = 2 << 10;

    /// <summary>Characters of a line that go out in one write. The framework's own writer cuts lines after 256, and what the program says otherwise came between.</summary>
    private const int MaxLine = 64 << 10;

    /// <summary>A text that a request has a part in, cut where it is too long for a line.</summary>
    public static string Short(string text) => text.Length <= MaxQuote ? text : text[..MaxQuote] + "...";

    /// <summary>Opens it. Dispose writes what is still to be written.</summary>
    public static ILoggerFactory Open(LogLevel from)
    {
        Console.SetError(new StreamWriter(Console.OpenStandardError(), bufferSize: MaxLine) { AutoFlush = true });
        return LoggerFactory.Create(logging =>
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });

            // What Kestrel warns of is how connections end that somebody broke off; what breaks in here is an error.
            logging.SetMinimumLevel(from).AddFilter("Microsoft", LogLevel.Error).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
            logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        });
    }
}
