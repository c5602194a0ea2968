using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>A file that is a member of a tar, or a stream that is none: its bytes, from anywhere on. Each chunk is compared with its id.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class MemberContents
{
    /// <summary>Zeros written at once.</summary>
    private const int HoleBlock = 64 << 10;

    private readonly StoredSequence payload;
    private readonly SparseLayout layout;
    private readonly long payloadAt;
    private (int Piece, long From, long Data) last; // where the last call ended: pieces before it are of no use to one that goes on

    private MemberContents(CatalogEntry entry, StoredSequence payload, long length, SparseLayout layout)
    {
        (Entry, this.payload, Length, this.layout) = (entry, payload, length, layout);
        payloadAt = entry.Place!.Value.PayloadOffset + layout.DataStart;
    }

    /// <summary>The facts of the member whose contents they are: a hard link's target, not the link.</summary>
    public CatalogEntry Entry { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Opens a member of a tar; its headers are compared with what the catalog says.</summary>
    /// <param name="entry">A file: <see cref="FileAt"/>.</param>
    /// <param name="headers">Reads its headers.</param>
    /// <param name="payload">The payload stream; not owned.</param>
    /// <exception cref="RepositoryException">As <see cref="IRepositoryService.GetMember"/>.</exception>
    public static MemberContents Open(CatalogEntry entry, HeaderReader headers, StoredSequence payload, CancellationToken cancellation)
    {
        var place = entry.Place!.Value;
        var own = headers.Read(new PartMember(place, PartSelection.Hash(entry.Path)), out var size, cancellation);
        var layout = size is null
            ? new SparseLayout(0, [new SparsePiece(0, place.PayloadSize)])
            : SparseLayout.Read(own, size.Value, place.PayloadSize, at =>
            {
                var block = new byte[TarPart.BlockSize];
                payload.Read(place.PayloadOffset + at, block, cancellation);
                return block;
            });
        return new MemberContents(entry, payload, size ?? place.PayloadSize, layout);
    }

    /// <summary>Opens a stream that is no tar.</summary>
    /// <param name="tree">Its view.</param>
    /// <param name="path">Clean.</param>
    /// <param name="payload">The payload stream; not owned.</param>
    /// <exception cref="RepositoryException">As <see cref="IRepositoryService.GetMember"/>.</exception>
    public static MemberContents Open(StreamTree tree, byte[] path, StoredSequence payload)
    {
        var entry = FileAt(tree, path);
        return new MemberContents(entry, payload, entry.Size, new SparseLayout(0, [new SparsePiece(0, entry.Size)]));
    }

    /// <summary>Writes some of the bytes.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="from">Where in the file they begin.</param>
    /// <param name="length">How many; within the file.</param>
    /// <param name="progress">Told how many there are.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>: nothing of the chunk in question was written.</exception>
    public void Write(Stream target, long from, long length, TransferProgress progress, CancellationToken cancellation)
    {
        // Many short pieces go out together.
        var joined = layout.Pieces.Count > 1 ? new BufferedStream(target, HoleBlock) : target; // not disposed, nor is the target
        Copy(joined, from, length, progress, cancellation);
        joined.Flush();
    }

    private void Copy(Stream target, long from, long length, TransferProgress progress, CancellationToken cancellation)
    {
        var (at, end) = (from, from + length);
        var (first, data) = last.Data > 0 && from >= last.From ? (last.Piece, last.Data) : (0, payloadAt);
        for (var number = first; number < layout.Pieces.Count; number++)
        {
            var piece = layout.Pieces[number];
            if (piece.Offset >= end)
                break;
            last = (number, piece.Offset, data);
            if (piece.Offset + piece.Length > at)
            {
                at = WriteHole(target, at, Math.Max(at, piece.Offset), progress, cancellation);
                var count = Math.Min(piece.Offset + piece.Length, end) - at;
                payload.Copy(data + at - piece.Offset, count, bytes =>
                {
                    target.Write(bytes);
                    progress.Bytes += bytes.Length;
                }, cancellation);
                at += count;
            }

            data += piece.Length;
        }

        WriteHole(target, at, end, progress, cancellation);
    }

    private static long WriteHole(Stream target, long at, long end, TransferProgress progress, CancellationToken cancellation)
    {
        var zeros = at < end ? new byte[Math.Min(HoleBlock, end - at)] : [];
        while (at < end)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (int)Math.Min(zeros.Length, end - at);
            target.Write(zeros.AsSpan(0, count));
            progress.Bytes += count;
            at += count;
        }

        return end;
    }

    /// <summary>The file at a path: of a hard link what it leads to.</summary>
    /// <param name="tree">The snapshot.</param>
    /// <param name="path">Clean.</param>
    /// <exception cref="RepositoryException">As <see cref="IRepositoryService.GetMember"/>.</exception>
    public static CatalogEntry FileAt(ISnapshotTree tree, byte[] path)
    {
        var entry = tree.Require(path);
        var file = new HardLinks(tree).Follow(entry)
            ?? throw new RepositoryException(ErrorCode.NotFound, $"'{MemberPath.Text(path)}' is a hard link to '{MemberPath.Text(entry.LinkName)}', which is not in the tar before it");
        return MemberTypes.Of(file) switch
        {
            MemberTypes.File => file,
            MemberTypes.SymbolicLink => throw new NoContentsException(path, $"a symbolic link to '{MemberPath.Text(file.LinkName)}', and none is followed"),
            MemberTypes.Folder => throw new NoContentsException(path, "a folder") { IsFolder = true },
            MemberTypes.Fifo => throw new NoContentsException(path, "a named pipe"),
            _ => throw new NoContentsException(path, "a device"),
        };
    }
}
