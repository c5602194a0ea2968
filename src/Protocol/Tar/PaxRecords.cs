namespace StreamBack.Protocol.Tar;

/// <summary>
/// Goes through the records of a PAX extended header: <c>length key=value\n</c>, the length decimal and its own digits included. Those
/// after one that is malformed are not read (GNU tar and libarchive do not either). Format: POSIX.1-2017 pax, "pax Extended Header".
/// </summary>
/// <param name="data">The header's data.</param>
internal ref struct PaxRecords(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> data = data;
    private int keyAt;
    private int keyLength;
    private int end;

    /// <summary>Whether a record could not be read.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The key of the record at which it stands, after <see cref="MoveNext"/>.</summary>
    public readonly ReadOnlySpan<byte> Key => data.Slice(keyAt, keyLength);

    /// <summary>The value, up to a zero byte in it.</summary>
    public readonly ReadOnlySpan<byte> Value => TarHeader.TextOf(data[ValueAt..(end - 1)]);

    /// <summary>Where in the data the value is.</summary>
    public readonly Range ValuePlace => ValueAt..(ValueAt + Value.Length);

    /// <summary>The record from its key on, its newline included.</summary>
    public readonly ReadOnlySpan<byte> Content => data[keyAt..end];

    private readonly int ValueAt => keyAt + keyLength + 1;

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (end >= data.Length || data[end] == 0)
            return false;
        IsMalformed = !TrySplit();
        return !IsMalformed;
    }

    private bool TrySplit()
    {
        var rest = data[end..];
        var (digitsAt, length) = (SkipBlanks(rest, 0), 0);
        var at = digitsAt;
        for (; at < rest.Length && rest[at] is >= (byte)'0' and <= (byte)'9' && length <= rest.Length; at++)
            length = (length * 10) + (rest[at] - '0');

        var begin = SkipBlanks(rest, at);
        if (at == digitsAt || begin == at || length <= begin || length > rest.Length || rest[length - 1] != '\n')
            return false;
        (keyAt, keyLength) = (end + begin, rest[begin..(length - 1)].IndexOf((byte)'='));
        end += length;
        return keyLength >= 0;
    }

    // GNU tar takes blanks on both sides of the length.
    private static int SkipBlanks(ReadOnlySpan<byte> data, int at)
    {
        while (at < data.Length && data[at] is (byte)' ' or (byte)'\t')
            at++;
        return at;
    }
}
