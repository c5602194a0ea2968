using StreamBack.Client.Spooling;

namespace StreamBack.Client.Commands;

/// <summary>A line of <c>spool list --json</c>, and what <c>put --json</c> prints as <c>spooled</c>; member names are a contract.</summary>
/// <param name="Name">The name that the snapshot will have.</param>
/// <param name="Taken">When the stream was taken, UTC.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Their SHA-256, 64 hex digits.</param>
/// <param name="Tags">Labels that the snapshot will have.</param>
/// <param name="Location">Where it is to go.</param>
/// <param name="File">Where it is.</param>
internal sealed record SpoolAnswer(string Name, DateTime Taken, long Length, string Sha256, IReadOnlyList<string> Tags, string Location, string File)
{
    /// <summary>The answer for an entry.</summary>
    public static SpoolAnswer Of(SpoolFolder folder, SpoolEntry entry) =>
        new(entry.Name, entry.Taken, entry.Length, entry.Sha256, entry.Tags, entry.Location, folder.StreamPath(entry.Id));
}

/// <summary>What <c>put --json</c> prints instead of a snapshot if the server was away.</summary>
internal sealed record SpooledAnswer(SpoolAnswer Spooled);
