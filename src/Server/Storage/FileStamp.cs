namespace StreamBack.Server.Storage;

/// <summary>
/// Tells one state of a file from another: a file that is replaced is another inode, one that is written has another change time,
/// which nobody sets back. Links are followed. The default is that of no file.
/// </summary>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Seconds">When it was changed last, since 1970.</param>
/// <param name="Nanoseconds">The rest of that.</param>
internal readonly record struct FileStamp(ulong Inode, long Length, long Seconds, uint Nanoseconds)
{
    /// <summary>Whether there is a file.</summary>
    public bool Exists => this != default;

    /// <summary>Looks at a file.</summary>
    /// <exception cref="IOException">It cannot be seen whether there is one.</exception>
    public static FileStamp Of(string path) => Libc.Stamp(path);
}
