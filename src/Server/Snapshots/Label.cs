using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>Tags given to a snapshot, or taken from it, after it was put. Format: 6.3.</summary>
internal static class Label
{
    /// <summary>Bytes of the longest file.</summary>
    public const int MaxLength = SealedJson.MaxLength;

    private const string Magic = "SBLABEL1";
    private const int PartOffset = FileHead.Size + sizeof(uint);

    /// <summary>The file of a label, ready to be written.</summary>
    public static byte[] Write(RepositoryKeys keys, LabelPart label)
    {
        Span<byte> head = stackalloc byte[PartOffset];
        new FileHead(Magic, keys.Repository).Write(head);
        using var key = keys.FileKey(head);
        var part = SealedJson.Seal(key, SealedKind.Label, label.Write());
        BinaryPrimitives.WriteInt32LittleEndian(head[FileHead.Size..], part.Length);
        return [.. head, .. part];
    }

    /// <summary>Reads a label; null if it is not there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static LabelPart? TryRead(IFileStore store, RepositoryKeys keys, ObjectId id)
    {
        using var file = store.TryOpen(FileKind.Label, id);
        if (file is null)
            return null;
        if (file.Length > MaxLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"label {id}: has {file.Length} bytes");
        var bytes = new byte[file.Length];
        file.TryRead(0, bytes);
        return Read(bytes, keys, id);
    }

    /// <summary>Reads a label's bytes.</summary>
    /// <inheritdoc cref="TryRead"/>
    public static LabelPart Read(byte[] bytes, RepositoryKeys keys, ObjectId id)
    {
        var what = $"label {id}";
        if (bytes.Length < PartOffset)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: has {bytes.Length} bytes");
        if (new ObjectId(SHA256.HashData(bytes)) is var actual && actual != id)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: hashes to {actual}");
        FileHead.Read(bytes, Magic, keys.Repository, what);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(FileHead.Size)) != bytes.Length - PartOffset)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: its part does not fill its {bytes.Length} bytes");
        using var key = keys.FileKey(bytes);
        return SealedJson.Open(key, SealedKind.Label, bytes.AsSpan(PartOffset), LabelPart.Read, what);
    }
}
