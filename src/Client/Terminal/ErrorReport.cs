using System.Text.Json.Nodes;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>The one place where an error becomes a line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    private const int Success = 0;

    /// <summary>128 and the number of SIGINT, as shells count.</summary>
    public const int InterruptedExitCode = 130;

    /// <summary>128 and the number of SIGTERM.</summary>
    public const int TerminatedExitCode = 143;

    /// <summary>Writes a line.</summary>
    public static void Line(string text) => Console.Error.WriteLine($"streamback: {text}");

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
                return Success;
            case OperationCanceledException when interruptedBy is { } code:
                Write("interrupted", code == InterruptedExitCode ? "Interrupted" : "Terminated", json);
                return code;
            case RepositoryException expected:
                Write(expected.Code.Name(), expected.Message, json);
                return expected.Code.ExitCode();
            default:
                // A bug of ours: whoever reports it needs the stack.
                Write(ErrorCode.Failed.Name(), error.ToString(), json);
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
            Console.Error.WriteLine(new JsonObject { ["error"] = code, ["message"] = message }.ToJsonString());
        else
            Line(message);
    }
}
