namespace StreamBack.Protocol.Tar;

/// <summary>
/// The map of GNU's old sparse members (type 'S'): 24-byte entries of offset and length, 4 in the header and then 21 in
/// each block that follows it, as long as the byte after the entries is set.
/// </summary>
internal static class SparseMap
{
    /// <summary>Bytes of one entry: offset 12, length 12.</summary>
    public const int EntrySize = 24;

    /// <summary>Where in an entry its length is; before it is the offset.</summary>
    public const int LengthAt = 12;

    private const int EntriesInBlock = 21;

    /// <summary>Whether another block of the map follows this one.</summary>
    /// <param name="block">Exactly 512 bytes: not the header, but a block of the map.</param>
    public static bool GoesOn(ReadOnlySpan<byte> block)
        => GoesOn(Entries(block), block[EntriesInBlock * EntrySize]);

    /// <summary>The entries of a block of the map that is not the header.</summary>
    public static ReadOnlySpan<byte> Entries(ReadOnlySpan<byte> block) => block[..(EntriesInBlock * EntrySize)];

    /// <summary>
    /// Whether another block of the map follows these entries: the flag says so and the map has not ended, which it
    /// does at the first entry without a length. GNU tar believes the end of the map more than the flag.
    /// </summary>
    public static bool GoesOn(ReadOnlySpan<byte> entries, byte flag)
    {
        if (flag == 0)
            return false;

        for (int at = 0; at < entries.Length; at += EntrySize)
        {
            if (entries[at + LengthAt] == 0)
                return false;
        }

        return true;
    }
}
