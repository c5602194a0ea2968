using Microsoft.Win32.SafeHandles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Faults;

/// <summary>An operation that was done on a disk; paths are from the repository's folder.</summary>
/// <param name="Path">What it touched; of a rename, the old name.</param>
/// <param name="Target">Of a rename, the new name.</param>
/// <param name="Bytes">Of a write, what was written.</param>
/// <param name="Offset">Of a write, where.</param>
internal sealed record DiskStep(DiskOperation Operation, string Path, string Target = "", byte[]? Bytes = null, long Offset = 0);

/// <summary>A disk that remembers what was done, in one order over all threads.</summary>
internal sealed class RecordingDisk : Disk
{
    private readonly Lock gate = new();
    private readonly List<DiskStep> steps = [];

    /// <summary>The repository's folder.</summary>
    public string Root { get; set; } = "";

    public IReadOnlyList<DiskStep> Steps => steps;

    public override void CreateFolder(string path) =>
        Do(new DiskStep(DiskOperation.CreateFolder, Relative(path)), () => base.CreateFolder(path));

    public override SafeFileHandle CreateFile(string path)
    {
        SafeFileHandle? file = null;
        Do(new DiskStep(DiskOperation.CreateFile, Relative(path)), () => file = base.CreateFile(path));
        return file!;
    }

    public override void Write(SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset)
    {
        var copy = bytes.ToArray();
        Do(new DiskStep(DiskOperation.Write, Relative(path), Bytes: copy, Offset: offset), () => base.Write(file, path, copy, offset));
    }

    public override void SyncFile(SafeFileHandle file, string path) => Do(new DiskStep(DiskOperation.SyncFile, Relative(path)), () => { });

    public override void Rename(string from, string to) =>
        Do(new DiskStep(DiskOperation.Rename, Relative(from), Relative(to)), () => base.Rename(from, to));

    public override void SyncFolder(string path) => Do(new DiskStep(DiskOperation.SyncFolder, Relative(path)), () => { });

    public override void Delete(string path) => Do(new DiskStep(DiskOperation.Delete, Relative(path)), () => base.Delete(path));

    private string Relative(string path) => Path.GetRelativePath(Root, path);

    private void Do(DiskStep step, Action operation)
    {
        lock (gate)
        {
            operation();
            steps.Add(step);
        }
    }
}
