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

    private byte[] _bytes = new byte[TarHeader.BlockSize];
    private int _length;

    /// <summary>Whether there is data, be it empty or too long.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>Whether more than <see cref="MaxSize"/> bytes came; then there is nothing to read.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The data; valid until the next call that changes it.</summary>
    public ReadOnlySpan<byte> Bytes => IsTooLong ? default : _bytes.AsSpan(0, _length);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        IsPresent = false;
        IsTooLong = false;
        _length = 0;
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
        if (bytes.Length > MaxSize - _length)
            IsTooLong = true;
        if (IsTooLong)
            return;

        int length = _length + bytes.Length;
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Min(MaxSize, Math.Max(length, 2 * _bytes.Length)));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = length;
    }
}
