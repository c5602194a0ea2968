using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>One snapshot that this client has seen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">64 hex digits.</param>
internal sealed record SeenSnapshot(string Name, string Id);

/// <summary>
/// What this client remembers of a repository: the newest snapshot that it saw of each name, and each of these that was gone
/// since. A store that serves an old state hides snapshots; who has seen one can tell.
/// </summary>
/// <remarks>
/// A text file in the state folder, a line for each snapshot, so that a user can forget one; replaced atomically. Of two clients
/// that write it at the same time one may win: the other's snapshots are remembered by whoever looks next.
/// </remarks>
internal sealed class SeenSnapshots
{
    private readonly List<string> lines;

    /// <param name="repository">Whose memory.</param>
    public SeenSnapshots(RepositoryId repository)
    {
        Path = System.IO.Path.Combine(UserFolders.State, "streamback", repository.ToString(), "seen");
        lines = Read(Path);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The snapshots that were seen and are not among these.</summary>
    /// <param name="ids">Ids of snapshots.</param>
    public IEnumerable<SeenSnapshot> NotAmong(HashSet<string> ids) => lines.Select(Parse).Where(seen => !ids.Contains(seen.Id));

    /// <summary>Remembers the newest of each name, and goes on remembering what is not among these.</summary>
    /// <param name="all">All snapshots, as <see cref="IRepositoryService.List"/> gives them.</param>
    /// <param name="ids">Their ids.</param>
    public void Remember(IReadOnlyList<SnapshotInfo> all, HashSet<string> ids)
    {
        // They come oldest first, so the last of each name counts.
        var newest = new Dictionary<string, string>();
        foreach (var snapshot in all)
            newest[snapshot.Name] = $"{snapshot.Name} {snapshot.Id}";
        var now = NotAmong(ids).Select(seen => $"{seen.Name} {seen.Id}").Concat(newest.Values).ToList();
        now.Sort(StringComparer.Ordinal);
        if (!now.SequenceEqual(lines))
            Write(now);
    }

    private static SeenSnapshot Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return new SeenSnapshot(line[..space], line[(space + 1)..]);
    }

    // A line that a user broke is passed over.
    private static List<string> Read(string path)
    {
        try
        {
            return File.Exists(path)
                ? [.. File.ReadAllLines(path).Where(line => line.Split(' ') is [not "", var id] && ObjectId.TryParse(id, out _))]
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private void Write(List<string> now)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var replacement = $"{Path}.{Environment.ProcessId}";
            File.WriteAllLines(replacement, now);
            File.Move(replacement, Path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A memory that cannot be kept is no reason to fail a backup.
        }
    }
}
