using System.Text;
using System.Text.Json.Nodes;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>The one place where an error becomes a line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    private const string Beginning = "streamback: ";

    /// <summary>128 and the number of SIGPIPE: with pipefail a shell sees that the stream did not go all the way.</summary>
    private const int ClosedOutputExitCode = 141;

    private const int StandardError = 2;

    /// <summary>128 and the number of SIGINT, as shells count.</summary>
    public const int InterruptedExitCode = 130;

    /// <summary>128 and the number of SIGHUP.</summary>
    public const int HungUpExitCode = 129;

    /// <summary>128 and the number of SIGTERM.</summary>
    public const int TerminatedExitCode = 143;

    /// <summary>Writes a line.</summary>
    public static void Line(string text) => Print($"{Beginning}{Printable.Text(text)}\n");

    /// <summary>Writes to standard error as it is. The framework's writer would send a terminal its own control codes first.</summary>
    public static void Print(string text)
    {
        try
        {
            SystemCalls.Write(StandardError, Encoding.UTF8.GetBytes(text));
        }
        catch (Exception error) when (error is IOException or ClosedOutputException)
        {
            // Nobody is there to be told.
        }
    }

    /// <summary>Tells the error that ends the program.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="json">As a JSON object.</param>
    /// <param name="interruptedBy">The exit code of the signal that came, if one did.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception error, bool json, int? interruptedBy)
    {
        switch (error)
        {
            case ClosedOutputException:
                return ClosedOutputExitCode;
            case OperationCanceledException when interruptedBy is { } code:
                Print(Describe("interrupted", code switch { InterruptedExitCode => "Interrupted", HungUpExitCode => "Hung up", _ => "Terminated" }, json));
                return code;
            case RepositoryException expected:
                Tell(expected, json);
                return expected.Code.ExitCode();
            case IOException or UnauthorizedAccessException:
                var full = error.HResult == Errno.NoSpace ? ErrorCode.Full : ErrorCode.Failed;
                Print(Describe(full.Name(), error.Message, json));
                return full.ExitCode();
            default:
                Print(DescribeBug(error, json));
                return ErrorCode.Failed.ExitCode();
        }
    }

    /// <summary>Tells an error after which the program goes on.</summary>
    public static void Tell(RepositoryException error, bool json) => Print(Describe(error.Code.Name(), error.Message, json));

    /// <summary>Tells that the command line is wrong.</summary>
    /// <returns>The exit code.</returns>
    public static int Usage(string message, bool json)
    {
        Print(Describe(ErrorCode.Usage.Name(), message, json));
        return ErrorCode.Usage.ExitCode();
    }

    /// <summary>What is told of an error that nobody expected: whoever reports it needs the stack.</summary>
    internal static string DescribeBug(Exception error, bool json) =>
        json ? Describe(ErrorCode.Failed.Name(), $"{error}", json) : $"{Beginning}{error}\n";

    private static string Describe(string code, string message, bool json) => json
        ? new JsonObject { ["error"] = code, ["message"] = message }.ToJsonString() + "\n"
        : $"{Beginning}{Printable.Text(message)}\n";
}
