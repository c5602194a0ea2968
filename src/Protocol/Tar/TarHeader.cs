using System.Numerics;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// One 512-byte header block, field by field.
/// <code>
///   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1
/// 157 link name 100 | 257 magic and version 8 | 265 user name 32 | 297 group name 32 | 329 device major 8 | 337 device minor 8
/// ustar:      345 name prefix 155
/// GNU sparse: 386 four map entries of 24 | 482 more map blocks follow 1 | 483 real size 12
/// </code>
/// Format: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
/// </summary>
/// <param name="block">Exactly <see cref="BlockSize"/> bytes.</param>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Bytes of a block: the unit of headers and of padding.</summary>
    public const int BlockSize = 512;

    /// <summary>Bytes of the longest ustar name: the prefix, a slash, the name.</summary>
    public const int MaxUstarNameSize = PrefixSize + 1 + NameSize;

    private const int NameSize = 100;
    private const int ChecksumAt = 148;
    private const int ChecksumSize = 8;
    private const int PrefixAt = 345;
    private const int PrefixSize = 155;

    private readonly ReadOnlySpan<byte> block = block;

    public ReadOnlySpan<byte> Name => TextOf(block[..NameSize]);
    public ReadOnlySpan<byte> Mode => block.Slice(100, 8);
    public ReadOnlySpan<byte> Uid => block.Slice(108, 8);
    public ReadOnlySpan<byte> Gid => block.Slice(116, 8);
    public ReadOnlySpan<byte> Size => block.Slice(124, 12);
    public ReadOnlySpan<byte> Modified => block.Slice(136, 12);
    public byte Type => block[156];
    public ReadOnlySpan<byte> LinkName => TextOf(block.Slice(157, 100));
    public ReadOnlySpan<byte> UserName => HasOwnerNames ? TextOf(block.Slice(265, 32)) : default;
    public ReadOnlySpan<byte> GroupName => HasOwnerNames ? TextOf(block.Slice(297, 32)) : default;
    public ReadOnlySpan<byte> DeviceMajor => HasOwnerNames ? block.Slice(329, 8) : default;
    public ReadOnlySpan<byte> DeviceMinor => HasOwnerNames ? block.Slice(337, 8) : default;
    public ReadOnlySpan<byte> SparseRealSize => block.Slice(483, 12);

    /// <summary>What goes before <see cref="Name"/> and a slash; empty outside of ustar.</summary>
    public ReadOnlySpan<byte> Prefix => IsUstar ? TextOf(block.Slice(PrefixAt, PrefixSize)) : default;

    /// <summary>Whether the block has GNU's own fields, a sparse map among them.</summary>
    public bool IsGnu => block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    /// <summary>The beginning of the sparse map. Only for type 'S' of a GNU header.</summary>
    public ReadOnlySpan<byte> SparseEntries => block.Slice(386, 4 * SparseMap.EntrySize);

    /// <summary>Whether blocks with more of the sparse map follow this header. Only for type 'S' of a GNU header.</summary>
    public bool SparseMapGoesOn => SparseMap.GoesOn(SparseEntries, block[482]);

    private bool IsUstar => block.Slice(257, 6).SequenceEqual("ustar\0"u8);

    private bool HasOwnerNames => IsUstar || IsGnu;

    /// <summary>
    /// Whether a block is a tar header: its checksum, the sum of its bytes with the checksum field as blanks, is
    /// right. Some old tars summed signed bytes; both are taken.
    /// </summary>
    /// <param name="block">Exactly <see cref="BlockSize"/> bytes.</param>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> field = block.Slice(ChecksumAt, ChecksumSize);
        if (field[0] >= 0x80 || !TarNumber.TryReadField(field, out long recorded))
            return false;

        int sum = Sum(block) + (ChecksumSize * ' ');
        foreach (byte b in field)
            sum -= b;
        if (recorded == sum)
            return true;

        int negatives = 0;
        foreach (byte b in block)
            negatives += b >> 7;
        foreach (byte b in field)
            negatives -= b >> 7;
        return recorded == sum - (256 * negatives);
    }

    /// <summary>The bytes before the first zero byte: how every text in a tar ends that does not fill its field.</summary>
    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    // 512 bytes divide into vectors of any width, and a lane of 16 bits holds the sum of a whole block's share.
    private static int Sum(ReadOnlySpan<byte> block)
    {
        Vector<ushort> sums = default;
        for (int at = 0; at < BlockSize; at += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(block[at..]), out Vector<ushort> low, out Vector<ushort> high);
            sums += low + high;
        }

        Vector.Widen(sums, out Vector<uint> first, out Vector<uint> second);
        return (int)Vector.Sum(first + second);
    }
}
