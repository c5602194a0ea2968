using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;

namespace StreamBack.Server.Sessions;

/// <summary>Reads the headers of one member, and compares them with what a catalog says.</summary>
/// <param name="member">What it says.</param>
internal sealed class HeaderCheck(PartMember member) : ITarSink
{
    private int begun;
    private bool isRight;
    private long? sparseSize;
    private long length;

    /// <summary>Compares.</summary>
    /// <param name="globals">The global headers in force.</param>
    /// <param name="own">The member's own headers.</param>
    /// <param name="member">What the catalog says.</param>
    /// <returns>Bytes of the file, if it is sparse; null if it is not.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is another member.</exception>
    public static long? EnsureIs(ReadOnlySpan<byte> globals, ReadOnlySpan<byte> own, in PartMember member)
    {
        var check = new HeaderCheck(member);
        var scanner = new TarScanner(check);
        scanner.Scan(globals);
        scanner.Scan(own);
        if (check.begun != 1 || !check.isRight || check.length != globals.Length + own.Length)
            throw new RepositoryException(ErrorCode.Corrupt, "a catalog tells of a member that is not where it says");
        return check.sparseSize;
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
    public void GlobalHeader()
    {
    }

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
