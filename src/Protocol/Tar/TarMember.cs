namespace StreamBack.Protocol.Tar;

/// <summary>
/// The facts of one tar member, as its header, long names and PAX records together say. Names are bytes: no tar
/// promises an encoding. They are not cleaned: they may be empty, absolute or hold "..". Valid only during
/// <see cref="ITarSink.MemberBegin"/>.
/// </summary>
public readonly ref struct TarMember
{
    /// <summary>The path, without its ustar prefix split; no zero byte in it.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The target of a hard or symbolic link; for other types whatever the field holds, mostly nothing.</summary>
    public required ReadOnlySpan<byte> LinkName { get; init; }

    /// <summary>The owner's name; empty when the tar has none.</summary>
    public required ReadOnlySpan<byte> UserName { get; init; }

    /// <summary>The group's name; empty when the tar has none.</summary>
    public required ReadOnlySpan<byte> GroupName { get; init; }

    /// <summary>The type flag byte of the header as it is, such as '0', '5' or 'S'; see <see cref="IsDirectory"/>.</summary>
    public required byte Type { get; init; }

    /// <summary>
    /// Whether readers make a directory of it: type '5' or 'D', or a file whose name ends in a slash (older than
    /// type '5').
    /// </summary>
    public required bool IsDirectory { get; init; }

    /// <summary>Bytes of payload in the stream, without padding.</summary>
    public required long PayloadSize { get; init; }

    /// <summary>
    /// Bytes of the file when extracted, if the member is sparse: its payload then is the data between the holes, with
    /// a map before it in PAX sparse 1.0. Null if it is not sparse.
    /// </summary>
    public required long? SparseSize { get; init; }

    /// <summary>The twelve permission bits.</summary>
    public required int Mode { get; init; }

    /// <summary>The owner's number. May be negative or large in odd tars; 0 if it could not be read.</summary>
    public required long Uid { get; init; }

    /// <summary>The group's number. May be negative or large in odd tars; 0 if it could not be read.</summary>
    public required long Gid { get; init; }

    /// <summary>When the contents last changed; 0 if it could not be read.</summary>
    public required TarTime Modified { get; init; }

    /// <summary>The numbers of a character or block device; 0 and 0 for others.</summary>
    public required (long Major, long Minor) Device { get; init; }

    /// <summary>
    /// Of the PAX records that say what nothing here says (extended attributes, access lists): equal records give equal sums, in
    /// whatever order they stand. 0 if there are none.
    /// </summary>
    public required ulong ExtensionHash { get; init; }

    /// <summary>
    /// Of a sparse file's map, if it is in the member's headers: equal maps in one form give equal sums. 0 where there is none, and in
    /// PAX sparse 1.0, which has it in the payload.
    /// </summary>
    public required ulong SparseHash { get; init; }

    /// <summary>
    /// Whether some fact could not be read, or was too long to keep: the others stand, but readers may disagree about
    /// this member. Where its payload ends is never in doubt.
    /// </summary>
    public required bool IsMalformed { get; init; }

    /// <summary>
    /// Which archive of the stream it is in, from 1. A stream of several (<c>cat a.tar b.tar</c>) is one that GNU tar
    /// reads beyond the first only with <c>--ignore-zeros</c>.
    /// </summary>
    public required long Archive { get; init; }
}
