namespace StreamBack.Protocol;

/// <summary>What came of looking after a repository once: a check, a prune, or snapshots that a policy dropped.</summary>
/// <param name="Duty">What was done: see <see cref="Duties"/>.</param>
/// <param name="Began">When it began.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="By">Who had it done.</param>
/// <param name="Outcome"><c>done</c>, or an error code's name; <c>corrupt</c> if it found damage.</param>
/// <param name="Message">What it did or found: one line.</param>
public sealed record DutyResult(string Duty, DateTime Began, double Seconds, string By, string Outcome, string Message)
{
    /// <summary>It went well.</summary>
    public const string Done = "done";

    /// <summary>Whether it went well.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsGood => Outcome == Done;
}

/// <summary>What looking after a repository consists of.</summary>
public static class Duties
{
    /// <summary>Drops snapshots that no rule keeps.</summary>
    public const string Forget = "forget";

    /// <summary>Frees what no snapshot needs.</summary>
    public const string Prune = "prune";

    /// <summary>Verifies the structure.</summary>
    public const string Check = "check";

    /// <summary>Verifies stored bytes as well, or a part of them.</summary>
    public const string CheckData = "checkData";

    /// <summary>Sends what is missing to the folders that hold copies.</summary>
    public const string Replicate = "replicate";

    /// <summary>All of them, in the order in which they are done when they are due at the same time: what is freed need not be verified.</summary>
    public static IReadOnlyList<string> All { get; } = [Forget, Prune, Replicate, Check, CheckData];
}
