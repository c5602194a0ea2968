using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>
/// A file on its way into a <see cref="LocalDirectory"/>: temporary name, bytes, fsync, its own name, folder fsync, in that order.
/// </summary>
internal sealed class LocalFileWriter : IFileWriter
{
    private readonly Disk disk;
    private readonly string temporary;
    private readonly Func<ObjectId, string> nameOf;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private SafeFileHandle? file;

    /// <param name="disk">How files are touched.</param>
    /// <param name="temporary">Path while it is written.</param>
    /// <param name="nameOf">Path of the finished file, in a durable folder.</param>
    public LocalFileWriter(Disk disk, string temporary, Func<ObjectId, string> nameOf)
    {
        this.disk = disk;
        this.temporary = temporary;
        this.nameOf = nameOf;
        file = disk.CreateFile(temporary);
    }

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        disk.Write(file!, temporary, bytes, Length);
        hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <inheritdoc/>
    public void Sync() => disk.SyncFile(file!, temporary);

    /// <inheritdoc/>
    public ObjectId Commit()
    {
        var id = new ObjectId(hash.GetCurrentHash());
        var path = nameOf(id);
        disk.SyncFile(file!, temporary);
        file!.Dispose();
        disk.Rename(temporary, path);
        file = null;
        disk.SyncFolder(Path.GetDirectoryName(path)!);
        return id;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hash.Dispose();
        if (file is null)
            return;
        file.Dispose();
        file = null;
        disk.Delete(temporary);
    }
}
