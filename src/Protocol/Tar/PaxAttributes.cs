using System.Buffers;
using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// What one PAX header says of extended attributes, access lists and file flags, as one hash: the same of the same facts, whichever of GNU
/// tar, bsdtar and star wrote them and in whatever order. Formats: star(5), libarchive's <c>archive_write_set_format_pax</c>.
/// </summary>
internal struct PaxAttributes
{
    // Sums, so that the order is nothing.
    private ulong attributes;
    private ulong copies;
    private ulong flags;
    private ulong lists;
    private ulong binaryLists;
    private bool hasLists;

    /// <summary>0 if it says nothing of these.</summary>
    /// <remarks>bsdtar writes each attribute twice, GNU tar each access list as text and as the attribute that holds it: the first form counts.</remarks>
    public readonly ulong Hash => (attributes == 0 ? copies : attributes) + (hasLists ? lists : binaryLists) + flags;

    /// <summary>Takes a record, if it is of these.</summary>
    public void Add(in PaxRecords record)
    {
        var key = record.Key;
        if (key.StartsWith("SCHILY.xattr.system.posix_acl_"u8))
            binaryLists += XxHash3.HashToUInt64(record.Content);
        else if (key.StartsWith("SCHILY.xattr."u8))
            attributes += XxHash3.HashToUInt64(record.Content);
        else if (key.StartsWith("LIBARCHIVE.xattr."u8))
            copies += HashOfCopy(record);
        else if (key.StartsWith("SCHILY.acl."u8))
            (lists, hasLists) = (lists + HashOfList(key, record.Value), true);
        else if (key.StartsWith("RHT.security."u8) || key.SequenceEqual("SCHILY.fflags"u8))
            flags += XxHash3.HashToUInt64(record.Content);
    }

    // The name with %XX for odd letters, the value as base64 without padding.
    private static ulong HashOfCopy(in PaxRecords record)
    {
        var text = record.Value;
        var value = new byte[(text.Length + 3) / 4 * 4];
        value.AsSpan(text.Length).Fill((byte)'=');
        text.CopyTo(value);
        if (Base64.DecodeFromUtf8InPlace(value, out var length) != OperationStatus.Done)
            return XxHash3.HashToUInt64(record.Content);
        var name = Uri.UnescapeDataString(Encoding.Latin1.GetString(record.Key["LIBARCHIVE.xattr."u8.Length..]));
        return XxHash3.HashToUInt64([.. "SCHILY.xattr."u8, .. Encoding.UTF8.GetBytes(name), (byte)'=', .. value.AsSpan(0, length), (byte)'\n']);
    }

    // Entries by line or by comma; a fourth field is a number that only some write. One that has owner, group and others alone is the mode.
    private static ulong HashOfList(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        var (sum, seed, saysMore) = (0UL, (long)XxHash3.HashToUInt64(key), !key.SequenceEqual("SCHILY.acl.access"u8));
        foreach (var range in text.SplitAny(",\n"u8))
        {
            var entry = text[range];
            if (entry.IsEmpty)
                continue;
            saysMore |= !(entry.StartsWith("user::"u8) || entry.StartsWith("group::"u8) || entry.StartsWith("other::"u8));
            sum += XxHash3.HashToUInt64(entry[..LengthOfFields(entry, 3)], seed);
        }

        return saysMore ? sum : 0;
    }

    private static int LengthOfFields(ReadOnlySpan<byte> entry, int count)
    {
        var length = 0;
        for (; length < entry.Length && (entry[length] != ':' || --count > 0); length++)
        {
        }

        return length;
    }
}
