using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A small file of one sealed JSON object: a label, a removal record. Format: 6.3 and 6.4.</summary>
/// <param name="magic">What it begins with.</param>
/// <param name="file">What it is among files.</param>
/// <param name="part">What it is among sealed parts.</param>
/// <param name="write">Its object as JSON.</param>
/// <param name="read">Reads that.</param>
internal sealed class PartFile<T>(string magic, FileKind file, SealedKind part, Func<T, byte[]> write, Func<StoredJson, T> read)
    where T : class
{
    /// <summary>What it begins with.</summary>
    public string Magic => magic;

    /// <summary>Bytes of the longest file.</summary>
    public const int MaxLength = SealedJson.MaxLength;

    private const int PartOffset = FileHead.Size + sizeof(uint);

    /// <summary>The file, ready to be written.</summary>
    public byte[] Write(RepositoryKeys keys, T value)
    {
        Span<byte> head = stackalloc byte[PartOffset];
        new FileHead(magic, keys.Repository).Write(head);
        using var key = keys.FileKey(head);
        var sealedPart = SealedJson.Seal(key, part, write(value));
        BinaryPrimitives.WriteInt32LittleEndian(head[FileHead.Size..], sealedPart.Length);
        return [.. head, .. sealedPart];
    }

    /// <summary>Writes the file; durable when this returns.</summary>
    public ObjectId Add(IFileStore store, RepositoryKeys keys, ISessionLock session, T value)
    {
        using var writer = store.Create(file, session);
        writer.Write(Write(keys, value));
        return writer.Commit();
    }

    /// <summary>Reads a file; null if it is not there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public T? TryRead(IFileStore store, RepositoryKeys keys, ObjectId id)
    {
        using var stored = store.TryOpen(file, id);
        if (stored is null)
            return null;
        if (stored.Length > MaxLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"{file.Word()} {id}: has {stored.Length} bytes");
        var bytes = new byte[stored.Length];
        stored.TryRead(0, bytes);
        return Read(bytes, keys, id);
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <inheritdoc cref="TryRead"/>
    public T Read(byte[] bytes, RepositoryKeys keys, ObjectId id)
    {
        var what = $"{file.Word()} {id}";
        if (bytes.Length < PartOffset)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: has {bytes.Length} bytes");
        if (new ObjectId(SHA256.HashData(bytes)) is var actual && actual != id)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: hashes to {actual}");
        FileHead.Read(bytes, magic, keys.Repository, what);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(FileHead.Size)) != bytes.Length - PartOffset)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: its part does not fill its {bytes.Length} bytes");
        using var key = keys.FileKey(bytes);
        return SealedJson.Open(key, part, bytes.AsSpan(PartOffset), read, what);
    }
}
