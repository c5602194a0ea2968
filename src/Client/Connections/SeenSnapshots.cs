using System.Text.Json;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>
/// What this client remembers of a repository: the newest snapshot that it saw of each name. A store that serves an old state
/// hides snapshots; who has seen one can tell.
/// </summary>
/// <remarks>A file in the state folder, replaced atomically. Losing it loses this memory, nothing else.</remarks>
internal sealed class SeenSnapshots
{
    private readonly string path;
    private readonly Dictionary<string, string> newest;

    /// <param name="repository">Whose memory.</param>
    public SeenSnapshots(RepositoryId repository)
    {
        path = Path.Combine(UserFolders.State, "streamback", repository.ToString(), "seen.json");
        newest = Read(path);
    }

    /// <summary>Tells of each name whose newest snapshot seen before is no longer there.</summary>
    /// <param name="all">All snapshots, as <see cref="IRepositoryService.List"/> gives them.</param>
    /// <returns>A line each.</returns>
    public IEnumerable<string> Missing(IReadOnlyList<SnapshotInfo> all)
    {
        var present = all.Select(snapshot => snapshot.Id).ToHashSet();
        return newest.Where(seen => seen.Value is { Length: > 8 } && !present.Contains(seen.Value))
            .Select(seen => $"Snapshot {seen.Key}@{seen.Value[..8]} was here when this client last looked, and is no longer: was it lost, or is this an old state of the repository?");
    }

    /// <summary>Remembers the newest of each name; names that are gone are remembered as they were.</summary>
    public void Remember(IEnumerable<SnapshotInfo> snapshots)
    {
        var changed = false;
        foreach (var snapshot in snapshots)
        {
            // They come oldest first, so the last of each name counts.
            changed |= !newest.TryGetValue(snapshot.Name, out var seen) || seen != snapshot.Id;
            newest[snapshot.Name] = snapshot.Id;
        }

        if (changed)
            Write();
    }

    private static Dictionary<string, string> Read(string path)
    {
        try
        {
            var seen = new Dictionary<string, string>();
            if (!File.Exists(path))
                return seen;
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var name in json.RootElement.EnumerateObject())
                seen[name.Name] = name.Value.GetString() ?? "";
            return seen;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private void Write()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var replacement = $"{path}.{Environment.ProcessId}";
            using (var file = new FileStream(replacement, FileMode.Create))
            using (var writer = new Utf8JsonWriter(file))
            {
                writer.WriteStartObject();
                foreach (var (name, id) in newest)
                    writer.WriteString(name, id);
                writer.WriteEndObject();
            }

            File.Move(replacement, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A memory that cannot be kept is no reason to fail a backup.
        }
    }
}
