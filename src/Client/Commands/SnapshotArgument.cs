using System.CommandLine;

namespace StreamBack.Client.Commands;

/// <summary>The argument <c>NAME[@WHICH]</c>.</summary>
internal static class SnapshotArgument
{
    /// <summary>A new one, since each verb owns its arguments.</summary>
    public static Argument<string> Create() => new("NAME[@WHICH]")
    {
        Description = "A snapshot: WHICH is latest, -2 for the one before, six or more digits of an id, or a UTC time such as 2026-11",
    };
}
