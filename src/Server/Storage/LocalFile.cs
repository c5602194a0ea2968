using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>An open file of a <see cref="LocalDirectory"/>. Owns the handle.</summary>
internal sealed class LocalFile(SafeFileHandle file, string what) : IStoredFile
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
            var read = ReadSome(offset, destination);
            if (read == 0)
                return false;
            destination = destination[read..];
            offset += read;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private int ReadSome(long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(file, destination, offset);
        }
        catch (IOException error) when (error.HResult == Errno.InputOutput)
        {
            // What the disk has lost is as damaged as what was changed.
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: the disk cannot read it at {offset}: {error.Message}", error);
        }
    }
}
