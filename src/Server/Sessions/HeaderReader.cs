using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>Reads the headers of members, and compares them with what a catalog says of each.</summary>
/// <param name="headers">The header stream.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class HeaderReader(StoredSequence headers)
{
    /// <summary>Bytes of one member's headers that are held at once: long names and attributes; what is more is an attack.</summary>
    private const int MaxHeaders = 16 << 20;

    /// <summary>Bytes of the global headers: they have a comment, or times; and are read again wherever members take turns that have others.</summary>
    private const int MaxGlobals = 1 << 20;

    private long global;
    private HeaderCheck check = new([]);

    /// <summary>The global PAX headers in force where the last member is that was read; all that follow each other.</summary>
    public byte[] Globals { get; private set; } = [];

    /// <summary>Reads a member's own headers.</summary>
    /// <param name="sparseSize">Bytes of the file, if it is sparse; null if it is not.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if another member is there; <see cref="ErrorCode.Unsupported"/> if they are too long.</exception>
    public byte[] Read(in PartMember member, out long? sparseSize, CancellationToken cancellation)
    {
        var place = member.Place;
        var isOther = place.Global != global;
        if (isOther)
            (Globals, global) = (place.Global == 0 ? [] : ReadGlobals(place.Global - 1, cancellation), place.Global);
        if (isOther || check.HasGlobals)
            check = new HeaderCheck(Globals);
        var own = Read(place.HeaderOffset, place.HeaderLength, cancellation);
        sparseSize = check.EnsureIs(own, member);
        return own;
    }

    private byte[] ReadGlobals(long at, CancellationToken cancellation)
    {
        var run = new GlobalRun();
        var scanner = new TarScanner(run);
        using var all = new MemoryStream();
        for (var position = at; ; position += TarPart.BlockSize)
        {
            if (position - at > MaxGlobals)
                throw TooLong("The global headers before a member have", position - at);
            var block = Read(position, TarPart.BlockSize, cancellation);
            var isHeader = scanner.ExpectsHeader;
            scanner.Scan(block);
            if (run.HasEnded)
                return run.Globals > 0 ? all.ToArray() : throw Wrong();

            // Where one archive ends and another begins, the end is none of a part.
            if (!isHeader || block.AsSpan().ContainsAnyExcept((byte)0))
                all.Write(block);
        }
    }

    private byte[] Read(long offset, long length, CancellationToken cancellation)
    {
        if (length > MaxHeaders)
            throw TooLong("A member has", length);
        var bytes = new byte[length];
        headers.Read(offset, bytes, cancellation);
        return bytes;
    }

    private static RepositoryException TooLong(string what, long length) =>
        new(ErrorCode.Unsupported, $"{what} {length} bytes of headers or more; the whole tar can be got");

    private static RepositoryException Wrong() => new(ErrorCode.Corrupt, "a catalog tells of a global header where none is");
}
