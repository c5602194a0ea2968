using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Where in a snapshot's stored streams a member is.</summary>
/// <param name="HeaderOffset">Where its own headers begin in the header stream: long names and PAX records included.</param>
/// <param name="HeaderLength">Bytes of these headers.</param>
/// <param name="PayloadOffset">Where its contents begin in the payload stream.</param>
/// <param name="PayloadSize">Bytes of its contents.</param>
/// <param name="Global">One more than where the global PAX header in force begins in the header stream; 0 if there is none.</param>
public readonly record struct MemberPlace(long HeaderOffset, long HeaderLength, long PayloadOffset, long PayloadSize, long Global)
{
    /// <summary>Where it begins in the stream, bytes.</summary>
    public long StreamOffset => HeaderOffset + PayloadOffset;

    /// <summary>Bytes that fill its last block of 512.</summary>
    public long Padding => -PayloadSize & (TarHeader.BlockSize - 1);

    /// <summary>Where the next member's headers are if nothing lies between.</summary>
    public long NextHeader => HeaderOffset + HeaderLength + Padding;

    /// <summary>Where the next member's contents are if nothing lies between.</summary>
    public long NextPayload => PayloadOffset + PayloadSize;
}
