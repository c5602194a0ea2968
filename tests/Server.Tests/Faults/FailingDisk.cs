using Microsoft.Win32.SafeHandles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>The operations of a disk.</summary>
internal enum DiskOperation
{
    CreateFolder,
    CreateFile,
    Write,
    SyncFile,
    Rename,
    SyncFolder,
    Delete,
}

/// <summary>A disk on which operations fail, from the nth on.</summary>
/// <param name="first">The first that fails, counted from 0.</param>
/// <param name="count">How many fail.</param>
/// <param name="errno">What the system says.</param>
internal sealed class FailingDisk(int first, int count, int errno) : Disk
{
    public const int IoError = 5;
    public const int NoSpace = 28;

    private readonly Lock gate = new();

    /// <summary>Operations so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The first that failed, and its path.</summary>
    public (DiskOperation Operation, string Path)? Failed { get; private set; }

    public override void CreateFolder(string path)
    {
        Step(DiskOperation.CreateFolder, path);
        base.CreateFolder(path);
    }

    public override SafeFileHandle CreateFile(string path)
    {
        Step(DiskOperation.CreateFile, path);
        return base.CreateFile(path);
    }

    public override void Write(SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset)
    {
        Step(DiskOperation.Write, path);
        base.Write(file, path, bytes, offset);
    }

    public override void SyncFile(SafeFileHandle file, string path) => Step(DiskOperation.SyncFile, path);

    public override void Rename(string from, string to)
    {
        Step(DiskOperation.Rename, to);
        base.Rename(from, to);
    }

    public override void SyncFolder(string path) => Step(DiskOperation.SyncFolder, path);

    public override void Delete(string path)
    {
        Step(DiskOperation.Delete, path);
        base.Delete(path);
    }

    private void Step(DiskOperation operation, string path)
    {
        lock (gate)
        {
            var number = Operations++;

            // A full disk still deletes.
            if (number < first || number - first >= count || (errno == NoSpace && operation == DiskOperation.Delete))
                return;
            Failed ??= (operation, path);
        }

        throw new IOException($"Made to fail: {operation} : '{path}'", errno);
    }
}
