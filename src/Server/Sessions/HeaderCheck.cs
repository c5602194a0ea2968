using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;

namespace StreamBack.Server.Sessions;

/// <summary>Reads the headers of members under the same global headers, and compares them with what a catalog says.</summary>
internal sealed class HeaderCheck : ITarSink
{
    private readonly TarScanner scanner;
    private PartMember member;
    private int begun;
    private bool isRight;
    private long? sparseSize;
    private long length;

    /// <param name="globals">The global headers in force: read once, since they may be long.</param>
    public HeaderCheck(ReadOnlySpan<byte> globals)
    {
        scanner = new TarScanner(this);
        scanner.Scan(globals);
        HasGlobals = false;
    }

    /// <summary>Whether a member had a global header among its own, which counts for no other that is read here.</summary>
    public bool HasGlobals { get; private set; }

    /// <summary>Compares.</summary>
    /// <param name="own">The member's own headers.</param>
    /// <param name="wanted">What the catalog says.</param>
    /// <returns>Bytes of the file, if it is sparse; null if it is not.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is another member. Nothing more can be compared then.</exception>
    public long? EnsureIs(ReadOnlySpan<byte> own, in PartMember wanted)
    {
        (member, begun, isRight, length) = (wanted, 0, false, 0);
        var isWhole = scanner.ExpectsHeader;
        scanner.Scan(own);
        if (!isWhole || begun != 1 || !isRight || length != own.Length)
            throw new RepositoryException(ErrorCode.Corrupt, "a catalog tells of a member that is not where it says");
        scanner.PassContents();
        return sparseSize;
    }

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes) => length += begun == 0 ? bytes.Length : 0;

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes) => begun++; // there is none among headers

    /// <inheritdoc/>
    public void MemberHeaders()
    {
    }

    /// <inheritdoc/>
    public void GlobalHeader() => HasGlobals = true;

    /// <inheritdoc/>
    public void MemberBegin(in TarMember found)
    {
        begun++;
        isRight = PartSelection.Hash(MemberPath.Clean(found.Name)) == member.PathHash && found.PayloadSize == member.Place.PayloadSize;
        sparseSize = found.SparseSize;
    }

    /// <inheritdoc/>
    public void MemberEnd()
    {
    }
}
