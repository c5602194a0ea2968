using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// A snapshot's root: what it is, and where its recipes begin. Its appearance in the store is the commit of a put.
/// Format: 6.2.
/// </summary>
/// <param name="Id">SHA-256 of its file.</param>
/// <param name="Structure">What a put key opens.</param>
/// <param name="Content">What only a full key opens; null without one.</param>
internal sealed record Manifest(ObjectId Id, ManifestStructure Structure, ManifestContent? Content)
{
    /// <summary>Bytes of the longest file: two parts of the longest JSON.</summary>
    public const int MaxLength = 2 * SealedJson.MaxLength;

    /// <summary>What its file begins with.</summary>
    public const string Magic = "SBSNAPSH";

    private const int LengthsOffset = FileHead.Size;
    private const int SlotOffset = LengthsOffset + 2 * sizeof(uint);
    private const int PartsOffset = SlotOffset + KeySlot.Size;

    /// <summary>The facts, with the tags that it was put with.</summary>
    public SnapshotInfo ToInfo() => ToInfo([.. new SortedSet<string>(Structure.Tags, StringComparer.Ordinal)]);

    /// <summary>The facts, for people and programs.</summary>
    /// <param name="tags">The tags in force, which labels may have changed since.</param>
    public SnapshotInfo ToInfo(IReadOnlyList<string> tags) => new()
    {
        Id = Id.ToString(),
        Name = Structure.Name,
        Time = Structure.Time,
        Received = Structure.Received,
        Seconds = Structure.Took / 1000.0,
        Kind = Structure.Kind,
        Length = Structure.Length,
        Sha256 = Content?.Sha256,
        Members = Content?.Members,
        Chunks = Structure.Chunks,
        NewChunks = Structure.NewChunks,
        NewChunkBytes = Structure.NewChunkBytes,
        StoredBytes = Structure.StoredBytes,
        Tags = tags,
        Marks = Structure.Marks,
        Command = Content?.Command,
        Previous = Structure.Previous,
    };

    /// <summary>The file of a manifest, ready to be written.</summary>
    /// <param name="structure">Its <see cref="ManifestStructure.ContentPart"/> is set here.</param>
    public static byte[] Write(RepositoryKeys keys, ManifestStructure structure, ManifestContent content)
    {
        Span<byte> head = stackalloc byte[PartsOffset];
        new FileHead(Magic, keys.Repository).Write(head);
        byte[] contentPart;
        using (var contentKey = KeySlot.Create(head[SlotOffset..], keys, ChunkClass.Content))
            contentPart = SealedJson.Seal(contentKey, SealedKind.ManifestContent, content.Write());
        structure = structure with { ContentPart = HashContentPart(head[SlotOffset..], contentPart) };
        byte[] structurePart;
        using (var fileKey = keys.FileKey(head))
            structurePart = SealedJson.Seal(fileKey, SealedKind.ManifestStructure, structure.Write());
        BinaryPrimitives.WriteInt32LittleEndian(head[LengthsOffset..], structurePart.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[(LengthsOffset + sizeof(uint))..], contentPart.Length);
        return [.. head, .. structurePart, .. contentPart];
    }

    /// <summary>Reads a manifest; null if it is not there.</summary>
    /// <param name="withContent">Whether to open the content part, if the keys can.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static Manifest? TryRead(IFileStore store, RepositoryKeys keys, ObjectId id, bool withContent) =>
        TryRead(store, keys, FileKind.Snapshot, id, withContent);

    /// <summary>Reads the manifest of a snapshot that was removed, and can be taken back; null if it is not there.</summary>
    /// <inheritdoc cref="TryRead(IFileStore, RepositoryKeys, ObjectId, bool)"/>
    public static Manifest? TryReadRemoved(IFileStore store, RepositoryKeys keys, ObjectId id) =>
        TryRead(store, keys, FileKind.RemovedSnapshot, id, withContent: false);

    private static Manifest? TryRead(IFileStore store, RepositoryKeys keys, FileKind kind, ObjectId id, bool withContent)
    {
        // What moved to the trash meanwhile, or was given up, comes back by no copy.
        return store.TryOpen(kind, id) is { } file ? CopyReads.First(store, kind, id, file, read => Read(read, keys, id, withContent)) : null;
    }

    private static Manifest Read(IStoredFile file, RepositoryKeys keys, ObjectId id, bool withContent)
    {
        if (file.Length > MaxLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {id}: has {file.Length} bytes");
        var bytes = new byte[file.Length];
        file.TryRead(0, bytes);
        return Read(bytes, keys, id, withContent);
    }

    /// <summary>Reads a manifest's bytes.</summary>
    /// <inheritdoc cref="TryRead"/>
    public static Manifest Read(byte[] bytes, RepositoryKeys keys, ObjectId id, bool withContent)
    {
        var what = $"snapshot {id}";
        if (bytes.Length < PartsOffset)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: has {bytes.Length} bytes");

        // Or whoever holds the store could put one snapshot in another's place.
        if (new ObjectId(SHA256.HashData(bytes)) is var actual && actual != id)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: hashes to {actual}");
        FileHead.Read(bytes, Magic, keys.Repository, what);
        long structureLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(LengthsOffset));
        long contentLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(LengthsOffset + sizeof(uint)));
        if (PartsOffset + structureLength + contentLength != bytes.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: parts of {structureLength} and {contentLength} bytes do not make {bytes.Length}");
        var structurePart = bytes.AsSpan(PartsOffset, (int)structureLength);
        var contentPart = bytes.AsSpan(PartsOffset + (int)structureLength);
        using var fileKey = keys.FileKey(bytes);
        var structure = SealedJson.Open(fileKey, SealedKind.ManifestStructure, structurePart, ManifestStructure.Read, what);
        var slot = bytes.AsSpan(SlotOffset, KeySlot.Size);
        if (HashContentPart(slot, contentPart) != structure.ContentPart)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: its content part is not the one that it was written with");
        if (structure.Kind is not (SnapshotKinds.Raw or SnapshotKinds.Tar))
            throw new RepositoryException(ErrorCode.Unsupported, $"{what}: is of kind '{structure.Kind}', which this build does not know");
        return new Manifest(id, structure, withContent && keys.OpensContent ? OpenContent(keys, slot, contentPart, what) : null);
    }

    private static ManifestContent OpenContent(RepositoryKeys keys, ReadOnlySpan<byte> slot, ReadOnlySpan<byte> part, string what)
    {
        using var key = KeySlot.Open(slot, keys, ChunkClass.Content, what);
        return SealedJson.Open(key, SealedKind.ManifestContent, part, ManifestContent.Read, what);
    }

    // Ties the two parts together: neither key alone vouches for both.
    private static string HashContentPart(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> part) =>
        Convert.ToHexStringLower(SHA256.HashData([.. slot, .. part]));
}
