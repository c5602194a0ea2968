namespace StreamBack.Protocol.Tar;

/// <summary>A piece of a sparse file that is no hole.</summary>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct SparsePiece(long Offset, long Length);

/// <summary>
/// Where the payload of a sparse member belongs in its file: GNU's old form (type 'S'), and GNU's PAX forms 0.0, 0.1 and 1.0.
/// Format: GNU tar manual, "Storing Sparse Files".
/// </summary>
/// <param name="DataStart">Bytes of payload before the first piece: the map of form 1.0.</param>
/// <param name="Pieces">In the file's order, one behind another; between them are zeros.</param>
public sealed record SparseLayout(long DataStart, IReadOnlyList<SparsePiece> Pieces)
{
    /// <summary>Pieces of one file: 16 MiB of memory; a disk image of a terabyte has some ten thousands.</summary>
    private const int MaxPieces = 1 << 20;

    /// <summary>Digits of a number in the map of form 1.0: any that fits has fewer.</summary>
    private const int MaxDigits = 20;

    /// <summary>Reads it.</summary>
    /// <param name="headers">The member's own headers, whole: long names and PAX records included.</param>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="payloadSize">Bytes of the payload.</param>
    /// <param name="payloadBlock">Gives the 512 bytes of payload at an offset.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Unsupported"/> if the map is in another form, or fits not the payload.</exception>
    public static SparseLayout Read(ReadOnlySpan<byte> headers, long size, long payloadSize, Func<long, byte[]> payloadBlock)
    {
        var (records, own) = Split(headers);
        List<long> numbers = [];
        var (isInPayload, dataStart) = (false, 0L);
        var record = new PaxRecords(headers[records]);
        while (record.MoveNext())
        {
            if (IsMap(record.Key))
                AddDecimals(numbers, record.Value);
            else if (record.Key.SequenceEqual("GNU.sparse.major"u8))
                isInPayload = record.Value.SequenceEqual("1"u8);
        }

        if (isInPayload)
            dataStart = ReadPayloadMap(numbers, payloadSize, payloadBlock);
        else if (numbers.Count == 0)
            ReadOldMap(numbers, headers[own..]);
        return new SparseLayout(dataStart, Place(numbers, size, payloadSize - dataStart));
    }

    /// <summary>Whether a PAX record is the map, or a part of it.</summary>
    internal static bool IsMap(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("GNU.sparse.map"u8) || key.SequenceEqual("GNU.sparse.offset"u8) || key.SequenceEqual("GNU.sparse.numbytes"u8);

    // Where the PAX records for the member alone are; and where its own header begins, with what follows it.
    private static (Range Records, int Own) Split(ReadOnlySpan<byte> headers)
    {
        var records = default(Range);
        for (var at = 0; at <= headers.Length - TarHeader.BlockSize;)
        {
            var header = new TarHeader(headers.Slice(at, TarHeader.BlockSize));
            if (!TarType.IsExtension(header.Type))
                return (records, at);
            at += TarHeader.BlockSize;
            if (!TarNumber.TryReadField(header.Size, out var size) || size < 0 || size > headers.Length - at)
                break;
            if (!TarType.IsLongName(header.Type) && header.Type != TarType.PaxGlobal)
                records = at..(at + (int)size);
            at += (int)(size + (-size & (TarHeader.BlockSize - 1)));
        }

        throw Unknown();
    }

    // Of each block the entries up to the first one without a length.
    private static void ReadOldMap(List<long> numbers, ReadOnlySpan<byte> blocks)
    {
        var first = new TarHeader(blocks[..TarHeader.BlockSize]);
        if (!first.IsGnu || first.Type != TarType.GnuSparse)
            throw Unknown();
        AddEntries(numbers, first.SparseEntries);
        for (var at = TarHeader.BlockSize; at < blocks.Length; at += TarHeader.BlockSize)
            AddEntries(numbers, SparseMap.Entries(blocks.Slice(at, TarHeader.BlockSize)));
    }

    private static void AddEntries(List<long> numbers, ReadOnlySpan<byte> entries)
    {
        for (; entries.Length > 0 && entries[SparseMap.LengthAt] != 0; entries = entries[SparseMap.EntrySize..])
        {
            if (!TarNumber.TryReadField(entries[..SparseMap.LengthAt], out var offset) || !TarNumber.TryReadField(entries[SparseMap.LengthAt..SparseMap.EntrySize], out var length))
                throw Unknown();
            Add(numbers, offset);
            Add(numbers, length);
        }
    }

    private static void AddDecimals(List<long> numbers, ReadOnlySpan<byte> text)
    {
        foreach (var part in text.Split((byte)','))
            Add(numbers, TarNumber.TryReadDecimal(text[part], out var number) ? number : throw Unknown());
    }

    // How many pieces, and of each offset and length: decimals, each ended by a line break; filled up to a block.
    private static long ReadPayloadMap(List<long> numbers, long payloadSize, Func<long, byte[]> payloadBlock)
    {
        var (at, left, digits) = (0L, 1L, new List<byte>(MaxDigits));
        for (var isCount = true; left > 0; at += TarHeader.BlockSize)
        {
            if (at > payloadSize - TarHeader.BlockSize)
                throw Unknown();
            foreach (var letter in payloadBlock(at))
            {
                if (left == 0)
                    break;
                if (letter != '\n')
                {
                    digits.Add(digits.Count < MaxDigits ? letter : throw Unknown());
                    continue;
                }

                if (!TarNumber.TryReadDecimal(digits.ToArray(), out var number))
                    throw Unknown();
                digits.Clear();
                if (isCount)
                    left = 1 + 2 * Math.Min(number, MaxPieces + 1L);
                else
                    Add(numbers, number);
                isCount = false;
                left--;
            }
        }

        return at;
    }

    private static void Add(List<long> numbers, long number) => numbers.Add(numbers.Count < 2 * MaxPieces ? number : throw Unknown());

    private static List<SparsePiece> Place(List<long> numbers, long size, long dataSize)
    {
        var (end, data) = (0L, 0L);
        var pieces = new List<SparsePiece>(numbers.Count / 2);
        for (var at = 0; at < numbers.Count - 1; at += 2)
        {
            var (offset, length) = (numbers[at], numbers[at + 1]);
            if (offset < end || length < 0 || offset > size || length > size - offset)
                throw Unknown();
            (end, data) = (offset + length, data + length);
            if (length > 0)
                pieces.Add(new SparsePiece(offset, length));
        }

        return size >= 0 && data == dataSize && numbers.Count % 2 == 0 ? pieces : throw Unknown();
    }

    private static RepositoryException Unknown() =>
        new(ErrorCode.Unsupported, "It is a sparse file whose map cannot be read; it can be got as a tar");
}
