namespace StreamBack.Client.Tests.Harness;

/// <summary>A repository's files as anyone with a shell sees them.</summary>
internal sealed record RepositoryFiles(string Folder)
{
    /// <summary>The parameters.</summary>
    public string Config => Path.Combine(Folder, "config");

    /// <summary>Paths of all bundles, in the order of their names.</summary>
    public string[] Bundles => [.. All("bundles").Where(path => !path.EndsWith(".tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Paths of all manifests.</summary>
    public string[] Snapshots => All("snapshots");

    /// <summary>Paths of what writers leave while they write.</summary>
    public string[] Temporaries => [.. All("").Where(path => path.EndsWith(".tmp", StringComparison.Ordinal))];

    /// <summary>Paths of the marks of sessions.</summary>
    public string[] Sessions => [.. All("locks").Where(path => path.EndsWith(".session", StringComparison.Ordinal))];

    /// <summary>Bytes of all files.</summary>
    public long Length => All("").Sum(path => new FileInfo(path).Length);

    /// <summary>Changes one bit of a write-once file.</summary>
    public static void Flip(string path, long offset)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }

    /// <summary>Names and bytes of all files but locks, to be compared.</summary>
    public SortedDictionary<string, string> Fingerprint()
    {
        var files = All("").Where(path => !path.StartsWith(Path.Combine(Folder, "locks"), StringComparison.Ordinal));
        return new(files.ToDictionary(path => path, path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))), StringComparer.Ordinal);
    }

    private string[] All(string kind)
    {
        // Bundles have folders of their own, and names that begin with a dot are hidden from the default options.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        var folder = Path.Combine(Folder, kind);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", options) : [];
    }
}
