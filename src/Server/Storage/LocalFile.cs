using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>An open file of a <see cref="LocalDirectory"/>. Owns the handle.</summary>
internal sealed class LocalFile(SafeFileHandle file) : IStoredFile
{
    /// <inheritdoc/>
    public long Length { get; } = RandomAccess.GetLength(file);

    /// <inheritdoc/>
    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
            return false;
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
                return false;
            destination = destination[read..];
            offset += read;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
