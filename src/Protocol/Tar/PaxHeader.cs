using System.IO.Hashing;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// One PAX extended header: for the next member (types 'x', and Solaris 'X') or for all that follow (type 'g'). Of its
/// records it keeps those that say what a member is called, how long it is, whose and how old.
/// </summary>
internal sealed class PaxHeader
{
    private Range? path;
    private Range? sparseName;
    private Range? linkPath;
    private Range? userName;
    private Range? groupName;
    private PaxAttributes attributes;

    /// <summary>The data as it comes; <see cref="Read"/> it when it is there.</summary>
    public ExtensionData Data { get; } = new();

    /// <summary>Whether some record could not be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>
    /// Whether there is or may be a size that could not be read, so that nobody knows where the payload of a member
    /// ends.
    /// </summary>
    public bool HidesSize { get; private set; }

    /// <summary>Of the records that tell of extended attributes, access lists and flags; 0 without any.</summary>
    public ulong ExtensionHash => attributes.Hash;

    /// <summary>Of the records that are a sparse file's map: a sum of their hashes, 0 without any.</summary>
    public ulong SparseHash { get; private set; }

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
        attributes = default;
        SparseHash = 0;
    }

    /// <summary>
    /// Reads the records of <see cref="Data"/>: <see cref="PaxRecords"/>. Of two with one key the last counts.
    /// </summary>
    public void Read()
    {
        if (Data.IsTooLong)
            IsMalformed = HidesSize = true;

        var records = new PaxRecords(Data.Bytes);
        while (records.MoveNext())
        {
            Keep(records.Key, records.Value, records.ValuePlace);
            attributes.Add(records);
            if (SparseLayout.IsMap(records.Key))
                SparseHash += XxHash3.HashToUInt64(records.Content);
        }

        IsMalformed |= records.IsMalformed;
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
