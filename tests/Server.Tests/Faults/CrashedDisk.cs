namespace StreamBack.Server.Tests.Faults;

/// <summary>What a crash takes.</summary>
public enum CrashLoss
{
    /// <summary>Nothing that was done: the process died.</summary>
    Nothing,

    /// <summary>The bytes of files that were not made durable; names stay. File systems that journal names alone do so.</summary>
    Bytes,

    /// <summary>Those, and every name that was given or taken in a folder since that was last made durable.</summary>
    BytesAndNames,
}

/// <summary>Files as they are after a crash: what was there before, and a part of what was done since.</summary>
internal sealed class CrashedDisk
{
    private readonly Dictionary<string, Content> names = [];
    private readonly Dictionary<string, Content> durableNames = [];
    private readonly HashSet<string> folders = [];

    /// <param name="start">A folder with what was there before, all of it durable.</param>
    public CrashedDisk(string start)
    {
        foreach (var folder in Directory.EnumerateDirectories(start, "*", SearchOption.AllDirectories))
            folders.Add(Path.GetRelativePath(start, folder));
        foreach (var path in Directory.EnumerateFiles(start, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var content = new Content();
            content.Bytes.AddRange(File.ReadAllBytes(path));
            content.Durable = [.. content.Bytes];
            names[Path.GetRelativePath(start, path)] = content;
            durableNames[Path.GetRelativePath(start, path)] = content;
        }
    }

    /// <summary>Does one more operation.</summary>
    public void Do(DiskStep step)
    {
        switch (step.Operation)
        {
            case DiskOperation.CreateFolder:
                folders.Add(step.Path);
                break;
            case DiskOperation.CreateFile:
                names.Add(step.Path, new Content());
                break;
            case DiskOperation.Write:
                // The writer appends, and may not do otherwise.
                Assert.Equal(step.Offset, names[step.Path].Bytes.Count);
                names[step.Path].Bytes.AddRange(step.Bytes!);
                break;
            case DiskOperation.SyncFile:
                names[step.Path].Durable = [.. names[step.Path].Bytes];
                break;
            case DiskOperation.Rename:
                names.Remove(step.Path, out var content);
                names[step.Target] = content!;
                break;
            case DiskOperation.SyncFolder:
                SyncFolder(step.Path);
                break;
            case DiskOperation.Delete:
                names.Remove(step.Path);
                break;
        }
    }

    /// <summary>Writes what is left into a new folder.</summary>
    public TemporaryFolder Crash(CrashLoss loss)
    {
        var left = new TemporaryFolder();
        foreach (var folder in folders)
            Directory.CreateDirectory(Path.Combine(left.Path, folder));
        foreach (var (path, content) in loss == CrashLoss.BytesAndNames ? durableNames : names)
            File.WriteAllBytes(Path.Combine(left.Path, path), loss == CrashLoss.Nothing ? [.. content.Bytes] : content.Durable);
        return left;
    }

    private void SyncFolder(string folder)
    {
        foreach (var path in durableNames.Keys.Where(path => Path.GetDirectoryName(path) == folder).ToList())
            durableNames.Remove(path);
        foreach (var (path, content) in names.Where(name => Path.GetDirectoryName(name.Key) == folder))
            durableNames[path] = content;
    }

    private sealed class Content
    {
        public List<byte> Bytes { get; } = [];

        public byte[] Durable { get; set; } = [];
    }
}
