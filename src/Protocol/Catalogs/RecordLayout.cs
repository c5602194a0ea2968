namespace StreamBack.Protocol.Catalogs;

/// <summary>Where the parts of a <see cref="SortedRecord"/> are in its bytes, so that it is taken apart once and compared often.</summary>
/// <param name="Key">Of the key's bytes.</param>
/// <param name="Facts">Of the facts' bytes.</param>
/// <param name="Length">Bytes of all of it.</param>
/// <param name="Place">Its place.</param>
internal readonly record struct RecordLayout(Range Key, Range Facts, int Length, MemberPlace Place)
{
    /// <summary>Takes the record at the start of bytes apart.</summary>
    /// <returns>False if it is not all there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordLayout layout)
    {
        var rest = bytes;
        Span<ulong> place = stackalloc ulong[5];
        layout = default;
        if (!TryText(bytes, ref rest, out var key) || !TryText(bytes, ref rest, out var facts))
            return false;
        foreach (ref var number in place)
        {
            if (!VarintReader.TryNumber(ref rest, out number))
                return false;
        }

        layout = new RecordLayout(
            key, facts, bytes.Length - rest.Length, new MemberPlace((long)place[0], (long)place[1], (long)place[2], (long)place[3], (long)place[4]));
        return true;
    }

    /// <summary>The record.</summary>
    /// <param name="bytes">As they were taken apart.</param>
    public SortedRecord Of(ReadOnlySpan<byte> bytes) => new() { Key = bytes[Key], Facts = bytes[Facts], Place = Place };

    private static bool TryText(ReadOnlySpan<byte> bytes, ref ReadOnlySpan<byte> rest, out Range text)
    {
        text = default;
        if (!VarintReader.TryNumber(ref rest, out var length) || length > (ulong)rest.Length)
            return false;
        var start = bytes.Length - rest.Length;
        text = start..(start + (int)length);
        rest = rest[(int)length..];
        return true;
    }
}
