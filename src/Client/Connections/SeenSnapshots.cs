using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>One snapshot that this client has seen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">64 hex digits.</param>
/// <param name="Place">Which copy of the repository it was seen in.</param>
internal sealed record SeenSnapshot(string Name, string Id, string Place);

/// <summary>
/// What this client remembers of a repository: the newest snapshot that it saw of each name in each copy, and each of these that was
/// gone since. A store that serves an old state hides snapshots; who has seen one can tell.
/// </summary>
/// <remarks>
/// A text file in the state folder, a line for each snapshot, so that a user can forget one; replaced atomically. Of two clients
/// that write it at the same time one may win: the other's snapshots are remembered by whoever looks next.
/// </remarks>
internal sealed class SeenSnapshots
{
    private readonly List<SeenSnapshot> seen;
    private readonly string place;

    /// <param name="repository">Whose memory.</param>
    /// <param name="place">Which copy of it is looked at.</param>
    public SeenSnapshots(RepositoryId repository, string place)
    {
        this.place = place;
        Path = System.IO.Path.Combine(UserFolders.State, "streamback", repository.ToString(), "seen");
        seen = Read();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether a snapshot was seen in this copy, so that it was lost if it is gone; another may not have had it yet.</summary>
    public bool WasHere(SeenSnapshot seen) => seen.Place == place;

    /// <summary>The snapshots that were seen, here or in other copies, and are not among these.</summary>
    /// <param name="ids">Ids of snapshots.</param>
    public IReadOnlyList<SeenSnapshot> NotAmong(IReadOnlySet<string> ids) => [.. seen.Where(one => !ids.Contains(one.Id))];

    /// <summary>Remembers the newest of each name here, what is gone here, and all of other copies; but nothing that somebody removed.</summary>
    /// <param name="all">All snapshots, as <see cref="IRepositoryService.List"/> gives them.</param>
    /// <param name="removed">Ids of those that were.</param>
    public void Remember(IReadOnlyList<SnapshotInfo> all, IReadOnlySet<string> removed)
    {
        // They come oldest first, so the last of each name counts.
        var newest = new Dictionary<string, SeenSnapshot>();
        foreach (var snapshot in all)
            newest[snapshot.Name] = new SeenSnapshot(snapshot.Name, snapshot.Id, place);
        var here = all.Select(snapshot => snapshot.Id).ToHashSet();
        var now = seen.Where(one => !removed.Contains(one.Id) && !(WasHere(one) && here.Contains(one.Id))).Concat(newest.Values)
            .Select(one => $"{one.Name} {one.Id} {one.Place}").Order(StringComparer.Ordinal).ToList();
        if (!now.SequenceEqual(seen.Select(one => $"{one.Name} {one.Id} {one.Place}")))
            Write(now);
    }

    // A line that a user broke is passed over; one of an earlier version says no place.
    private List<SeenSnapshot> Read()
    {
        try
        {
            var lines = File.Exists(Path) ? File.ReadAllLines(Path) : [];
            return [.. lines.Select(line => line.Split(' ', 3)).Where(parts => parts is [not "", var id, ..] && ObjectId.TryParse(id, out _)).Select(parts => new SeenSnapshot(parts[0], parts[1], parts is [_, _, var where] ? where : place))];
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
