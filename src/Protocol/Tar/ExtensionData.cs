namespace StreamBack.Protocol.Tar;

/// <summary>
/// The data of one extension member (a long name, a PAX header) while it arrives and until its member is known.
/// Memory grows with the bytes that came, not with what a header promises, and ends at <see cref="MaxSize"/>.
/// </summary>
internal sealed class ExtensionData
{
    /// <summary>
    /// Bytes that are kept to be read: 1 MiB. libarchive 3.6 refuses longer ones; Linux paths end at 4 KiB.
    /// </summary>
    public const int MaxSize = 1 << 20;

    private byte[] bytes = new byte[TarHeader.BlockSize];
    private int length;

    /// <summary>Whether there is data, be it empty or too long.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>Whether more than <see cref="MaxSize"/> bytes came; then there is nothing to read.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The data; valid until the next call that changes it.</summary>
    public ReadOnlySpan<byte> Bytes => IsTooLong ? default : bytes.AsSpan(0, length);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        IsPresent = false;
        IsTooLong = false;
        length = 0;
    }

    /// <summary>Starts anew: what was there before is replaced.</summary>
    public void Begin()
    {
        Clear();
        IsPresent = true;
    }

    /// <summary>The next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxSize - this.length)
            IsTooLong = true;
        if (IsTooLong)
            return;

        int length = this.length + bytes.Length;
        if (length > this.bytes.Length)
            Array.Resize(ref this.bytes, Math.Min(MaxSize, Math.Max(length, 2 * this.bytes.Length)));
        bytes.CopyTo(this.bytes.AsSpan(this.length));
        this.length = length;
    }
}
