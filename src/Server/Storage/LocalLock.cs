using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>A held lock of a <see cref="LocalDirectory"/>; let go on dispose, or by the kernel when the process dies.</summary>
/// <param name="file">The locked file; owned.</param>
/// <param name="path">Deleted before the lock is let go; null leaves the file, as named locks must.</param>
internal sealed class LocalLock(SafeFileHandle file, string? path) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        if (file.IsClosed)
            return;
        if (path is not null)
            File.Delete(path);
        file.Dispose();
    }
}

/// <summary>A live session's lock file.</summary>
internal sealed class LocalSessionLock(string session, LocalLock held) : ISessionLock
{
    /// <inheritdoc/>
    public string Session { get; } = session;

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();
}
