using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Serving;

/// <summary>One file of a snapshot, open to be read; I/O errors come out as ours.</summary>
/// <param name="session">Owned.</param>
/// <param name="contents">Of the session.</param>
internal sealed class ServedMember(GetSession session, MemberContents contents) : IDisposable
{
    /// <summary>Bytes of two files that are compared at once.</summary>
    private const int Block = 1 << 20;

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

    /// <summary>Whether another one has the same bytes; reads both up to the first that is not.</summary>
    /// <exception cref="RepositoryException">As of <see cref="Write"/>.</exception>
    public bool HasSameBytes(ServedMember other, CancellationToken cancellation)
    {
        using MemoryStream mine = new(), its = new();
        for (var offset = 0L; Length == other.Length && offset < Length; offset += Block)
        {
            Read(mine, offset, cancellation);
            other.Read(its, offset, cancellation);
            if (!mine.GetBuffer().AsSpan(0, (int)mine.Length).SequenceEqual(its.GetBuffer().AsSpan(0, (int)its.Length)))
                return false;
        }

        return Length == other.Length;
    }

    private void Read(MemoryStream target, long offset, CancellationToken cancellation)
    {
        target.SetLength(0);
        Write(target, offset, Math.Min(Block, Length - offset), new TransferProgress(), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}
