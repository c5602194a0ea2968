using System.IO.Hashing;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// One PAX extended header: for the next member (types 'x', and Solaris 'X') or for all that follow (type 'g'). Of its
/// records it keeps those that say what a member is called, how long it is, whose and how old.
/// Format: POSIX.1-2017 pax, "pax Extended Header": records of <c>length key=value\n</c>, the length decimal and its
/// own digits included.
/// </summary>
internal sealed class PaxHeader
{
    private Range? path;
    private Range? sparseName;
    private Range? linkPath;
    private Range? userName;
    private Range? groupName;

    /// <summary>The data as it comes; <see cref="Read"/> it when it is there.</summary>
    public ExtensionData Data { get; } = new();

    /// <summary>Whether some record could not be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>
    /// Whether there is or may be a size that could not be read, so that nobody knows where the payload of a member
    /// ends.
    /// </summary>
    public bool HidesSize { get; private set; }

    /// <summary>Of the records that say nothing of what is kept here: a sum of their hashes, 0 without any.</summary>
    public ulong ExtensionHash { get; private set; }

    public long? Size { get; private set; }
    public long? SparseSize { get; private set; }
    public long? Uid { get; private set; }
    public long? Gid { get; private set; }
    public TarTime? Modified { get; private set; }

    /// <summary>Whether there is a path. GNU sparse members have their true one in a record of its own.</summary>
    public bool TryGetPath(out ReadOnlySpan<byte> path) => TryGet(sparseName ?? this.path, out path);

    public bool TryGetLinkPath(out ReadOnlySpan<byte> path) => TryGet(linkPath, out path);

    public bool TryGetUserName(out ReadOnlySpan<byte> name) => TryGet(userName, out name);

    public bool TryGetGroupName(out ReadOnlySpan<byte> name) => TryGet(groupName, out name);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Data.Clear();
        path = sparseName = linkPath = userName = groupName = null;
        Size = SparseSize = Uid = Gid = null;
        Modified = null;
        IsMalformed = HidesSize = false;
        ExtensionHash = 0;
    }

    /// <summary>
    /// Reads the records of <see cref="Data"/>. Those after one that is malformed are not read (GNU tar and libarchive
    /// do not either); of two with one key the last counts.
    /// </summary>
    public void Read()
    {
        if (Data.IsTooLong)
            IsMalformed = HidesSize = true;

        ReadOnlySpan<byte> data = Data.Bytes;
        int at = 0;
        while (at < data.Length && data[at] != 0)
        {
            if (!TrySplit(data[at..], out int keyAt, out int keyLength, out int length))
            {
                IsMalformed = true;
                return;
            }

            int valueAt = at + keyAt + keyLength + 1;
            ReadOnlySpan<byte> value = TarHeader.TextOf(data[valueAt..(at + length - 1)]);
            Keep(data.Slice(at + keyAt, keyLength), value, valueAt..(valueAt + value.Length));
            if (IsAttribute(data.Slice(at + keyAt, keyLength)))
                ExtensionHash += XxHash3.HashToUInt64(data[(at + keyAt)..(at + length)]);
            at += length;
        }
    }

    // Where the key of the record at the start of the data is, and how long the whole record. The value lies between
    // the equal sign and the newline.
    private static bool TrySplit(ReadOnlySpan<byte> data, out int keyAt, out int keyLength, out int length)
    {
        keyLength = length = 0;
        int digitsAt = SkipBlanks(data, 0);
        int at = digitsAt;
        for (; at < data.Length && data[at] is >= (byte)'0' and <= (byte)'9' && length <= data.Length; at++)
            length = (length * 10) + (data[at] - '0');

        keyAt = SkipBlanks(data, at);
        if (at == digitsAt || keyAt == at || length <= keyAt || length > data.Length || data[length - 1] != '\n')
            return false;

        keyLength = data[keyAt..(length - 1)].IndexOf((byte)'=');
        return keyLength >= 0;
    }

    // What GNU tar, bsdtar and star write of extended attributes and access lists.
    private static bool IsAttribute(ReadOnlySpan<byte> key) =>
        key.StartsWith("SCHILY.xattr."u8) || key.StartsWith("SCHILY.acl."u8) || key.StartsWith("LIBARCHIVE.xattr."u8) || key.StartsWith("RHT.security."u8)
        || key.SequenceEqual("SCHILY.fflags"u8);

    // GNU tar takes blanks on both sides of the length.
    private static int SkipBlanks(ReadOnlySpan<byte> data, int at)
    {
        while (at < data.Length && data[at] is (byte)' ' or (byte)'\t')
            at++;
        return at;
    }

    private void Keep(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, Range place)
    {
        if (key.SequenceEqual("path"u8))
            path = place;
        else if (key.SequenceEqual("linkpath"u8))
            linkPath = place;
        else if (key.SequenceEqual("uname"u8))
            userName = place;
        else if (key.SequenceEqual("gname"u8))
            groupName = place;
        else if (key.SequenceEqual("GNU.sparse.name"u8))
            sparseName = place;
        else
            KeepNumber(key, value);
    }

    private void KeepNumber(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        if (key.SequenceEqual("mtime"u8))
        {
            if (TarNumber.TryReadTime(text, out TarTime time))
                Modified = time;
            else
                IsMalformed = true;
        }
        else if (key.SequenceEqual("size"u8))
        {
            Size = ReadDecimal(text);
            HidesSize = Size is null;
        }
        else if (key.SequenceEqual("uid"u8))
        {
            Uid = ReadDecimal(text);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            Gid = ReadDecimal(text);
        }
        else if (key.SequenceEqual("GNU.sparse.realsize"u8) || key.SequenceEqual("GNU.sparse.size"u8))
        {
            SparseSize = ReadDecimal(text);
        }
    }

    private long? ReadDecimal(ReadOnlySpan<byte> text)
    {
        if (TarNumber.TryReadDecimal(text, out long value))
            return value;
        IsMalformed = true;
        return null;
    }

    private bool TryGet(Range? range, out ReadOnlySpan<byte> text)
    {
        text = range is { } known ? Data.Bytes[known] : default;
        return range is not null;
    }
}
