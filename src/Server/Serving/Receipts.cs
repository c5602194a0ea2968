using System.Globalization;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>When whole streams were restored from one copy of a repository and found right, in the state folder: a line for each snapshot, the last one counts.</summary>
/// <remarks>Threading: any; lines are appended, each in one piece.</remarks>
public sealed class Receipts
{
    private readonly string path;

    /// <param name="stateFolder">Made, mode 0700, when there is something to remember.</param>
    /// <param name="repository">The copy: what was right in one says nothing of another.</param>
    public Receipts(string stateFolder, EmbeddedRepository repository) => path = Path.Combine(stateFolder, LocationFile.Name("receipts", repository.RealLocation));

    /// <summary>A snapshot was restored and found right just now.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if that cannot be written down.</exception>
    public void Add(string snapshot) => Append(snapshot, DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>A snapshot was found damaged: that it was right once says nothing any more.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if that cannot be written down.</exception>
    public void Revoke(string snapshot)
    {
        if (Find(snapshot) is not null)
            Append(snapshot, "damaged");
    }

    /// <summary>A snapshot with what is known of it.</summary>
    public SnapshotInfo Shown(SnapshotInfo snapshot) => Find(snapshot.Id) is { } time ? snapshot with { Verified = time } : snapshot;

    private void Append(string snapshot, string what) => IoErrors.Wrap(() =>
    {
        DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(Encoding.ASCII.GetBytes($"{snapshot} {what}\n"));
        file.Flush(flushToDisk: true);
        return true;
    });

    private DateTime? Find(string snapshot)
    {
        try
        {
            var line = File.Exists(path) ? File.ReadLines(path).LastOrDefault(line => line.StartsWith(snapshot, StringComparison.Ordinal)) : null;
            return line?.Split(' ') is [_, var time] && DateTime.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var verified) ? verified : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
