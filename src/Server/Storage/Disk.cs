using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>
/// The operations on files whose order decides what a crash leaves. Virtual, so that tests can record them, replay
/// every prefix, or let the nth one fail.
/// </summary>
/// <remarks>Threading: any number of threads.</remarks>
internal class Disk
{
    /// <summary>Makes a folder, for the owner only, and its parents.</summary>
    public virtual void CreateFolder(string path)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        FolderOwner.GiveFolder(path);
    }

    /// <summary>Makes a new file, which nobody will be allowed to write again once it is closed.</summary>
    public virtual SafeFileHandle CreateFile(string path)
    {
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        FolderOwner.Give(file, path);
        return file;
    }

    /// <summary>Writes all of <paramref name="bytes"/> at <paramref name="offset"/>.</summary>
    public virtual void Write(SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset) =>
        RandomAccess.Write(file, bytes, offset);

    /// <summary>Makes a file's bytes durable.</summary>
    public virtual void SyncFile(SafeFileHandle file, string path) => RandomAccess.FlushToDisk(file);

    /// <summary>Gives a file another name, replacing what has it.</summary>
    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Makes a folder's entries durable.</summary>
    public virtual void SyncFolder(string path) => Libc.SyncFolder(path);

    /// <summary>Deletes a file, if it is there.</summary>
    public virtual void Delete(string path) => File.Delete(path);
}
