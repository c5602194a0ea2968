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
    /// <summary>Bytes of a tar's block.</summary>
    public const int BlockSize = 512;

    private readonly HeaderReader reader = new(headers);
    private long global;
    private bool isInside; // of a member that has contents

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
            // Within a member both tars refuse the end, and would take a block for its contents.
            if (!isInside)
                TarSpoiler.WriteTo(target);
            throw;
        }

        target.Write(new byte[2 * BlockSize]);
        target.Flush();
    }

    private void Write(in PartMember member, TransferProgress progress, CancellationToken cancellation)
    {
        var place = member.Place;
        var own = reader.Read(member, out _, cancellation);
        var padding = Padding(place.HeaderOffset + place.HeaderLength, (int)place.Padding, cancellation);
        if (place.Global != global)
        {
            global = place.Global;
            target.Write(reader.Globals);
            progress.Bytes += reader.Globals.Length;
        }

        isInside = place.PayloadSize > 0;
        target.Write(own);
        progress.Bytes += own.Length;
        payload.Copy(place.PayloadOffset, place.PayloadSize, target.Write, cancellation);
        target.Write(padding);
        isInside = false;
        progress.Bytes += place.PayloadSize + place.Padding;
    }

    // Where a stream was cut within it the member is whole all the same.
    private byte[] Padding(long offset, int length, CancellationToken cancellation)
    {
        var padding = new byte[length];
        headers.Read(offset, padding.AsMemory(0, (int)Math.Clamp(headers.Length - offset, 0, length)), cancellation);
        return padding;
    }
}
