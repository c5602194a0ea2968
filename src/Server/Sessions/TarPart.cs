using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Writes members of a tar as a tar of their own: their headers as they are, the global PAX headers in force before them, and an end.
/// What the catalog says of a member is compared with its headers before a byte of it goes out.
/// </summary>
/// <param name="headers">The header stream.</param>
/// <param name="payload">The payload stream.</param>
/// <param name="target">Where to; not closed.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class TarPart(StoredSequence headers, StoredSequence payload, Stream target)
{
    /// <summary>Bytes of one member's headers that are held at once: long names and attributes; what is more is an attack.</summary>
    private const int MaxHeaders = 64 << 20;

    /// <summary>Bytes of a tar's block.</summary>
    private const int BlockSize = 512;

    private byte[] globals = [];
    private long global;

    /// <summary>Writes them.</summary>
    /// <param name="members">In the tar's order.</param>
    /// <param name="progress">Told how many bytes there are.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>: what was written then looks like no whole tar.</exception>
    public void Write(IReadOnlyList<PartMember> members, TransferProgress progress, CancellationToken cancellation)
    {
        try
        {
            foreach (var member in members)
                Write(member, progress, cancellation);
        }
        catch (Exception error) when (!target.CanSeek && progress.Bytes > 0 && (error is RepositoryException or IOException or OperationCanceledException))
        {
            TarSpoiler.WriteTo(target);
            throw;
        }

        target.Write(new byte[2 * BlockSize]);
        target.Flush();
    }

    private void Write(in PartMember member, TransferProgress progress, CancellationToken cancellation)
    {
        var place = member.Place;
        if (place.Global != global)
        {
            (globals, global) = (ReadGlobals(place.Global - 1, cancellation), place.Global);
            target.Write(globals);
            progress.Bytes += globals.Length;
        }

        var own = Read(place.HeaderOffset, place.HeaderLength, cancellation);
        HeaderCheck.EnsureIs(globals, own, member);
        target.Write(own);
        payload.Copy(place.PayloadOffset, place.PayloadSize, target.Write, cancellation);
        headers.Copy(place.HeaderOffset + place.HeaderLength, place.Padding, target.Write, cancellation);
        progress.Bytes += own.Length + place.PayloadSize + place.Padding;
    }

    // As many as follow each other: all of them are in force.
    private byte[] ReadGlobals(long at, CancellationToken cancellation)
    {
        var run = new GlobalRun();
        var scanner = new TarScanner(run);
        var all = new List<byte>();
        while (!run.HasEnded)
        {
            if (all.Count > MaxHeaders)
                throw Wrong();
            var block = Read(at + all.Count, BlockSize, cancellation);
            scanner.Scan(block);
            if (!run.HasEnded)
                all.AddRange(block);
        }

        return run.Globals > 0 ? [.. all] : throw Wrong();
    }

    private byte[] Read(long offset, long length, CancellationToken cancellation)
    {
        if (length > MaxHeaders)
            throw new RepositoryException(ErrorCode.Unsupported, $"A member has {length} bytes of headers; the whole tar can be got");
        var bytes = new byte[length];
        var filled = 0;
        headers.Copy(offset, length, piece =>
        {
            piece.CopyTo(bytes.AsSpan(filled));
            filled += piece.Length;
        }, cancellation);
        return bytes;
    }

    private static RepositoryException Wrong() => new(ErrorCode.Corrupt, "a catalog tells of a global header where none is");
}
