using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// The first 64 bytes of every sealed file: what it is, whose it is, and the salt of its key. Format: 3.1; do not change.
/// </summary>
/// <param name="Magic">Eight ASCII letters.</param>
/// <param name="Repository">The repository that the file belongs to.</param>
/// <param name="Class">Bundles: 1 content, 2 structure; otherwise 0.</param>
/// <param name="Slots">Bundles: number of key slots; otherwise 0.</param>
/// <param name="Domain">Bundles: chunk-id domain; otherwise 0.</param>
internal readonly record struct FileHead(string Magic, RepositoryId Repository, byte Class = 0, byte Slots = 0, uint Domain = 0)
{
    /// <summary>The format version that this build writes, and the only one that it reads.</summary>
    public const ushort FormatVersion = 1;

    /// <summary>Bytes of a head.</summary>
    public const int Size = SaltOffset + SaltSize;

    /// <summary>Bytes of the salt: as many as the key that comes of it.</summary>
    public const int SaltSize = 32;

    private const int MagicSize = 8;
    private const int VersionOffset = MagicSize;
    private const int ClassOffset = VersionOffset + sizeof(ushort);
    private const int SlotsOffset = ClassOffset + sizeof(byte);
    private const int DomainOffset = SlotsOffset + sizeof(byte);
    private const int RepositoryOffset = DomainOffset + sizeof(uint);
    private const int SaltOffset = RepositoryOffset + RepositoryId.Size;

    /// <summary>Writes a head with a new random salt.</summary>
    /// <param name="destination">The first <see cref="Size"/> bytes of a file.</param>
    public void Write(Span<byte> destination)
    {
        destination = destination[..Size];
        System.Text.Encoding.ASCII.GetBytes(Magic, destination[..MagicSize]);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[VersionOffset..], FormatVersion);
        destination[ClassOffset] = Class;
        destination[SlotsOffset] = Slots;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[DomainOffset..], Domain);
        Repository.CopyTo(destination[RepositoryOffset..]);
        RandomNumberGenerator.Fill(destination[SaltOffset..]);
    }

    /// <summary>Reads and checks the head of a file that is no bundle: what only bundles have must be zero.</summary>
    /// <inheritdoc cref="ReadBundle"/>
    public static FileHead Read(ReadOnlySpan<byte> source, string magic, RepositoryId repository, string what)
    {
        var head = ReadBundle(source, magic, repository, what);
        return head is { Class: 0, Slots: 0, Domain: 0 }
            ? head
            : throw new RepositoryException(ErrorCode.Corrupt, $"{what}: has class {head.Class}, {head.Slots} key slots and domain {head.Domain}, which only a bundle has");
    }

    /// <summary>Reads and checks a head.</summary>
    /// <param name="source">The first bytes of the file, <see cref="Size"/> or more.</param>
    /// <param name="magic">What the file must be.</param>
    /// <param name="repository">Whose it must be.</param>
    /// <param name="what">The file's name, for messages.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static FileHead ReadBundle(ReadOnlySpan<byte> source, string magic, RepositoryId repository, string what)
    {
        if (source.Length < Size || !System.Text.Ascii.Equals(source[..MagicSize], magic))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: does not begin with {magic}");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(source[VersionOffset..]);
        if (version != FormatVersion)
            throw new RepositoryException(ErrorCode.Unsupported, $"{what}: has format version {version}, this build reads {FormatVersion}");
        var owner = new RepositoryId(source.Slice(RepositoryOffset, RepositoryId.Size));
        if (owner != repository)
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: belongs to repository {owner}, not to {repository}");
        return new FileHead(magic, owner, source[ClassOffset], source[SlotsOffset], BinaryPrimitives.ReadUInt32LittleEndian(source[DomainOffset..]));
    }

    /// <summary>The salt within a head's bytes.</summary>
    public static ReadOnlySpan<byte> Salt(ReadOnlySpan<byte> head) => head.Slice(SaltOffset, SaltSize);
}
