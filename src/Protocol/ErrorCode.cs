namespace StreamBack.Protocol;

/// <summary>
/// Why an operation could not be done, for programs. The set, its names, exit codes and HTTP statuses are a
/// contract (see <see cref="ErrorCodes"/>); a new value may be added, none may change.
/// </summary>
public enum ErrorCode
{
    /// <summary>I/O, or anything unexpected.</summary>
    Failed,

    /// <summary>The arguments are wrong; asking again the same way cannot help.</summary>
    Usage,

    /// <summary>Stored bytes are damaged. Never retried, never "not found".</summary>
    Corrupt,

    /// <summary>The source did not finish; nothing was kept.</summary>
    Incomplete,

    /// <summary>No such snapshot, member or repository.</summary>
    NotFound,

    /// <summary>Wrong passphrase, key or token, or not allowed.</summary>
    Denied,

    /// <summary>Someone else holds what this needs.</summary>
    Busy,

    /// <summary>No space, or over quota.</summary>
    Full,

    /// <summary>A newer format, or a feature that this build lacks.</summary>
    Unsupported,

    /// <summary>The server was away; the stream is safe in the client's spool. Only a client says so.</summary>
    Spooled,

    /// <summary>Names are late. Only a client says so.</summary>
    Late,
}

/// <summary>The one table from error code to its name on the wire, its exit code and its HTTP status.</summary>
public static class ErrorCodes
{
    // No status: a server that says so would claim that something is where it is not.
    private const int OnlyOfClients = 0;

    private static readonly (string Name, int Exit, int Http)[] Table =
    [
        ("failed", 1, 500),
        ("usage", 2, 400),
        ("corrupt", 3, 500),
        ("incomplete", 4, 422),
        ("not-found", 5, 404),
        ("denied", 6, 403),
        ("busy", 7, 409),
        ("full", 8, 507),
        ("unsupported", 9, 501),
        ("spooled", 10, OnlyOfClients),
        ("late", 11, OnlyOfClients),
    ];

    /// <summary>The code's name in JSON and in HTTP bodies.</summary>
    public static string Name(this ErrorCode code) => Table[(int)code].Name;

    /// <summary>The code of a name; null if there is none of that name, or none that goes over the wire.</summary>
    public static ErrorCode? Parse(string name) => Array.FindIndex(Table, entry => entry.Name == name && entry.Http != OnlyOfClients) is var at && at >= 0 ? (ErrorCode)at : null;

    /// <summary>The process exit code, 1 to 11.</summary>
    public static int ExitCode(this ErrorCode code) => Table[(int)code].Exit;

    /// <summary>The code of an exit code; null if it is none's.</summary>
    public static ErrorCode? OfExit(int exitCode) => Array.FindIndex(Table, entry => entry.Exit == exitCode) is var at && at >= 0 ? (ErrorCode)at : null;

    /// <summary>The HTTP status; 0 for what is never an answer.</summary>
    public static int HttpStatus(this ErrorCode code) => Table[(int)code].Http;
}
