using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Serving;

/// <summary>One file of a snapshot, open to be read; I/O errors come out as ours.</summary>
/// <param name="session">Owned.</param>
/// <param name="contents">Of the session.</param>
internal sealed class ServedMember(GetSession session, MemberContents contents) : IDisposable
{
    /// <summary>The facts of the member whose contents they are: a hard link's target, not the link.</summary>
    public CatalogEntry Entry => contents.Entry;

    /// <summary>Bytes of the file.</summary>
    public long Length => contents.Length;

    /// <summary>Writes some of the bytes: <see cref="MemberContents.Write"/>.</summary>
    public void Write(Stream target, long from, long length, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        contents.Write(target, from, length, progress, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}
