using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Whether a stored file is what its name says.</summary>
internal static class FileHash
{
    private const int BlockLength = 1 << 20;

    /// <summary>Whether it is there, is what its name says, and can be read.</summary>
    public static bool IsRight(IFileStore store, FileKind kind, ObjectId id, CancellationToken cancellation)
    {
        try
        {
            return EnsureRight(store, kind, id, _ => { }, cancellation);
        }
        catch (Exception error) when (error is IOException or RepositoryException { Code: ErrorCode.Corrupt })
        {
            return false;
        }
    }

    /// <summary>Refuses a file that is not what its name says.</summary>
    /// <param name="read">Told of bytes that were read.</param>
    /// <returns>False if it is not there.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static bool EnsureRight(IFileStore store, FileKind kind, ObjectId id, Action<int> read, CancellationToken cancellation)
    {
        using var file = store.TryOpen(kind, id);
        if (file is null)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockLength];
        for (long offset = 0; offset < file.Length; offset += block.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = block.AsSpan(0, (int)Math.Min(block.Length, file.Length - offset));
            if (!file.TryRead(offset, part))
                throw new RepositoryException(ErrorCode.Corrupt, $"{kind.Word()} {id}: cannot be read at {offset} of {file.Length} bytes");
            hash.AppendData(part);
            read(part.Length);
        }

        var actual = new ObjectId(hash.GetCurrentHash());
        if (actual != id)
            throw new RepositoryException(ErrorCode.Corrupt, $"{kind.Word()} {id}: hashes to {actual}");
        return true;
    }
}
