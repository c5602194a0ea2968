using System.Text;
using System.Text.Json.Nodes;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>The one place where an error becomes a line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    /// <summary>128 and the number of SIGPIPE: with pipefail a shell sees that the stream did not go all the way.</summary>
    private const int ClosedOutputExitCode = 141;

    private const int NoSpace = 28; // errno, which .NET keeps in HResult on Linux

    private const int StandardError = 2;

    /// <summary>128 and the number of SIGINT, as shells count.</summary>
    public const int InterruptedExitCode = 130;

    /// <summary>128 and the number of SIGTERM.</summary>
    public const int TerminatedExitCode = 143;

    /// <summary>Writes a line.</summary>
    public static void Line(string text) => Print($"streamback: {Printable.Text(text)}\n");

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

    /// <summary>Tells an error.</summary>
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
                Write("interrupted", code == InterruptedExitCode ? "Interrupted" : "Terminated", json);
                return code;
            case RepositoryException expected:
                Write(expected.Code.Name(), expected.Message, json);
                return expected.Code.ExitCode();
            case IOException or UnauthorizedAccessException:
                var full = error.HResult == NoSpace ? ErrorCode.Full : ErrorCode.Failed;
                Write(full.Name(), error.Message, json);
                return full.ExitCode();
            default:
                // A bug of ours: whoever reports it needs the stack.
                Print($"streamback: {error}\n");
                return ErrorCode.Failed.ExitCode();
        }
    }

    /// <summary>Tells that the command line is wrong.</summary>
    /// <returns>The exit code.</returns>
    public static int Usage(string message, bool json)
    {
        Write(ErrorCode.Usage.Name(), message, json);
        return ErrorCode.Usage.ExitCode();
    }

    private static void Write(string code, string message, bool json)
    {
        if (json)
            Print(new JsonObject { ["error"] = code, ["message"] = message }.ToJsonString() + "\n");
        else
            Line(message);
    }
}
