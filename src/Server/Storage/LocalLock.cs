using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>A held lock of a <see cref="LocalDirectory"/>; let go on dispose, or by the kernel when the process dies.</summary>
/// <param name="file">The locked file; owned, and left where it is.</param>
internal sealed class LocalLock(SafeFileHandle file) : INamedLock
{
    /// <inheritdoc/>
    public byte[] ReadNote() => LockNote.Read(file);

    /// <inheritdoc/>
    public void WriteNote(ReadOnlySpan<byte> note) => LockNote.Write(file, note);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
