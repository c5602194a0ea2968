namespace StreamBack.Protocol.Http;

/// <summary>
/// A stream as <c>GET …/frames</c> gives it: the frames that it is stored in, as they are stored but for their encryption, and which
/// pieces of them it is made of (docs/design/wire-protocol.md, 3.1). The numbers are a contract.
/// </summary>
/// <remarks>Every record begins with a number: its slot in the upper bits, its <see cref="FrameRecordKind"/> in the lowest three.</remarks>
public static class FrameAnswer
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/vnd.streamback.frames";

    /// <summary>Bits of a record's first number that are its kind.</summary>
    public const int KindBits = 3;

    /// <summary>Slots for whole frames, about 1 MiB each: what a get of a long series looks back to (docs/decisions/0003).</summary>
    public const int FrameSlots = 64;

    /// <summary>Slots, after those, for single chunks: three streams are woven into a tar, and each is some chunks ahead.</summary>
    public const int ChunkSlots = 16;

    /// <summary>All slots.</summary>
    public const int Slots = FrameSlots + ChunkSlots;

    /// <summary>The most bytes that a slot holds: the longest frame there can be.</summary>
    public const int MaxSlotLength = 8 << 20;

    /// <summary>Bytes of the stream after which it is told again how much of it may be let out.</summary>
    public const int LetOutEvery = 1 << 20;

    /// <summary>A slot's number in <see cref="FrameRecordKind.LetOut"/>.</summary>
    public const int InsideHeader = 1;

    /// <summary>The first number of a record.</summary>
    public static ulong Tag(FrameRecordKind kind, int slot) => ((ulong)slot << KindBits) | (ulong)kind;
}

/// <summary>What a record of a <see cref="FrameAnswer"/> says. The numbers are a contract.</summary>
public enum FrameRecordKind : byte
{
    /// <summary>The stream is whole.</summary>
    End = 0,

    /// <summary>A slot is filled anew: length, bytes.</summary>
    Stored = 1,

    /// <summary>The same: length, length of the zstd frame, zstd frame.</summary>
    Packed = 2,

    /// <summary>The next bytes of the stream are in a slot, behind those that were copied from it at last: length.</summary>
    CopyNext = 3,

    /// <summary>The next bytes of the stream are in a slot: offset, length.</summary>
    Copy = 4,

    /// <summary>
    /// The stream may be let out up to an offset: offset. The slot is <see cref="FrameAnswer.InsideHeader"/> if a tar that ended there might look whole.
    /// </summary>
    LetOut = 5,
}
