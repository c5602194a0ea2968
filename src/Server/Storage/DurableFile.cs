using System.Globalization;

namespace StreamBack.Server.Storage;

/// <summary>Small private files outside a repository, such as keys: durable, and for their owner only.</summary>
public static class DurableFile
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes a new file of mode 0600, and the folders that it is in; all durable when this returns.</summary>
    /// <exception cref="IOException">Something is there already, or cannot be written.</exception>
    public static void Create(string path, ReadOnlySpan<byte> bytes) => Create(path, bytes, ofFolder: false);

    /// <summary>Puts new bytes in a file's place, all or nothing; durable when this returns.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, ofFolder: false);

    /// <summary>As <see cref="Replace(string, ReadOnlySpan{byte})"/>; what root writes is then the folder's owner's. Not for keys: they are whose they are.</summary>
    internal static void ReplaceForFolderOwner(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, ofFolder: true);

    /// <summary>Makes a folder of mode 0700 with those above it, each entry durable when this returns.</summary>
    public static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(path)!;
        CreateFolder(parent);
        Directory.CreateDirectory(path, OwnerFolder);
        FolderOwner.GiveFolder(path);
        Libc.SyncFolder(parent);
    }

    private static void Create(string path, ReadOnlySpan<byte> bytes, bool ofFolder)
    {
        path = Path.GetFullPath(path);
        CreateFolder(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(path, options))
        {
            if (ofFolder)
                FolderOwner.Give(file.SafeFileHandle, path);
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        Libc.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private static void Replace(string path, ReadOnlySpan<byte> bytes, bool ofFolder)
    {
        // Of each process its own: two that begin at the same time must not meet. One of the same number may have died here.
        var replacement = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.new");
        if (File.Exists(replacement))
            File.Delete(replacement);
        Create(replacement, bytes, ofFolder);
        File.Move(replacement, path, overwrite: true);
        Libc.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
