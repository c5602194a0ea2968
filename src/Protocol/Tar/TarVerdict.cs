namespace StreamBack.Protocol.Tar;

/// <summary>Whether a stream is a tar.</summary>
public enum TarKind
{
    /// <summary>
    /// Its first block is no tar header: anything shorter than 512 bytes, or that starts with a zero block (an archive
    /// of no members has nothing to tell).
    /// </summary>
    Raw,

    /// <summary>Its first block is a tar header.</summary>
    Tar,
}

/// <summary>How a stream ended. End of input alone is not success.</summary>
public enum TarEnding
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>
    /// A tar with its end-of-archive blocks, whatever follows them; or a raw stream, whose end tells nothing.
    /// </summary>
    Complete,

    /// <summary>Complete, but an archive in it ends with one zero block instead of two: worth one warning.</summary>
    LoneZeroBlock,

    /// <summary>
    /// Inside a member, its padding or its headers, or after them without an end-of-archive block; be it in the first
    /// archive of the stream or in one that follows.
    /// </summary>
    Truncated,

    /// <summary>
    /// Not known: after at least one header and no end-of-archive block came a header that is none (or does not say
    /// how long its member is), and from there all bytes are payload of no member. Worth one warning.
    /// </summary>
    RawTail,
}

/// <summary>What a <see cref="TarScanner"/> has to say of a whole stream.</summary>
/// <param name="Kind">Whether it is a tar.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Message">
/// One line for people, printable whatever the names in the tar: a warning or what is missing; null when there is
/// nothing to say.
/// </param>
/// <param name="Members">Members begun, over all archives in the stream.</param>
/// <param name="Archives">
/// Archives begun: 0 for a raw stream, more than 1 for <c>cat a.tar b.tar</c>. The ending is that of the last.
/// </param>
/// <param name="RawFrom">
/// Offset in bytes from which on nothing is tar (0 for a raw stream; otherwise a raw tail, or bytes that follow the
/// end of an archive); null if all is tar.
/// </param>
public sealed record TarVerdict(
    TarKind Kind, TarEnding Ending, string? Message, long Members, long Archives, long? RawFrom)
{
    /// <summary>What there is to say of a stream that is taken as it is.</summary>
    /// <param name="length">Bytes of it.</param>
    public static TarVerdict OfRaw(long length) => new(TarKind.Raw, length == 0 ? TarEnding.Empty : TarEnding.Complete, null, 0, 0, 0);

    /// <summary>Whether the input did all it should have: what is not complete must not be kept as if it were.</summary>
    public bool IsComplete => Ending is not (TarEnding.Empty or TarEnding.Truncated);
}
