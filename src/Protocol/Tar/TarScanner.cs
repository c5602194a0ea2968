using System.Diagnostics;

namespace StreamBack.Protocol.Tar;

/// <summary>
/// Watches a stream pass by: splits its bytes into header stream and payload stream, says where the payload of which
/// member begins and ends, and in the end whether the stream was whole. It changes nothing, takes any slicing, throws
/// for no input, and keeps at most 4 MiB (see <see cref="ExtensionData.MaxSize"/>) whatever comes.
/// <para>
/// It reads v7, ustar, GNU and PAX tars, also several in a row. Where readers differ it follows what GNU tar 1.34
/// extracts, with these exceptions: a size in a local PAX header counts for every type of member; base-64 numbers are
/// not read; and after a block that is no header no other one is searched for, all bytes are payload from there.
/// </para>
/// </summary>
/// <param name="sink">
/// Is told everything, in order, during <see cref="Scan"/> and <see cref="Finish"/>. If it throws, the scanner is of
/// no further use.
/// </param>
public sealed class TarScanner(ITarSink sink)
{
    private readonly MemberHeaders _headers = new();
    private readonly TarPosition _position = new();
    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private readonly byte[] _sparseHeader = new byte[TarHeader.BlockSize];

    private Expected _expected = Expected.Header;
    private int _blockFilled;
    private ExtensionData? _extension;
    private byte _extensionType;
    private long _remaining;
    private int _padding;
    private int _zeroBlocks;
    private string? _loneZeroBlock;
    private long _archives;
    private long _offset;
    private long? _rawFrom;

    private enum Expected
    {
        Header,
        SparseMap,
        ExtensionData,
        Payload,
        Padding,
        Raw,
    }

    /// <summary>Members begun so far.</summary>
    public long Members => _position.Members;

    // Whether a header that comes now begins an archive.
    private bool IsBetweenArchives => _archives == 0 || _zeroBlocks > 0;

    /// <summary>
    /// Takes the next bytes. Up to 511 of them, the part of a block, are kept back until the block is whole or
    /// <see cref="Finish"/> is called.
    /// </summary>
    public void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int taken = _expected switch
            {
                Expected.Header or Expected.SparseMap => TakeBlock(bytes),
                Expected.ExtensionData => TakeExtensionData(bytes),
                Expected.Payload => TakePayload(bytes),
                Expected.Padding => TakePadding(bytes),
                Expected.Raw => TakeRaw(bytes),
                _ => throw new UnreachableException(),
            };
            _offset += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>The stream ended: gives the sink what was kept back, and the verdict. To be called once.</summary>
    public TarVerdict Finish()
    {
        ReadOnlySpan<byte> rest = _block.AsSpan(0, _blockFilled);
        if (rest.IsEmpty)
            return Judge();

        if (IsBetweenArchives && (_archives == 0 || rest.ContainsAnyExcept((byte)0)))
            BecomeRaw(rest);
        else
            sink.Header(rest);

        return Judge();
    }

    private int TakeBlock(ReadOnlySpan<byte> bytes)
    {
        if (_blockFilled == 0 && bytes.Length >= TarHeader.BlockSize)
        {
            OnBlock(bytes[..TarHeader.BlockSize]);
            return TarHeader.BlockSize;
        }

        int taken = Math.Min(bytes.Length, TarHeader.BlockSize - _blockFilled);
        bytes[..taken].CopyTo(_block.AsSpan(_blockFilled));
        _blockFilled += taken;
        if (_blockFilled == TarHeader.BlockSize)
        {
            OnBlock(_block);
            _blockFilled = 0;
        }

        return taken;
    }

    private int TakeExtensionData(ReadOnlySpan<byte> bytes)
    {
        bytes = Upcoming(bytes);
        sink.Header(bytes);
        _extension!.Append(bytes);
        _remaining -= bytes.Length;
        if (_remaining == 0)
        {
            _headers.End(_extensionType);
            ExpectPadding();
        }

        return bytes.Length;
    }

    private int TakePayload(ReadOnlySpan<byte> bytes)
    {
        bytes = Upcoming(bytes);
        sink.Payload(bytes);
        _remaining -= bytes.Length;
        if (_remaining == 0)
        {
            sink.MemberEnd();
            ExpectPadding();
        }

        return bytes.Length;
    }

    private int TakePadding(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, _padding);
        sink.Header(bytes[..taken]);
        _padding -= taken;
        ExpectPadding();
        return taken;
    }

    private int TakeRaw(ReadOnlySpan<byte> bytes)
    {
        sink.Payload(bytes);
        return bytes.Length;
    }

    private ReadOnlySpan<byte> Upcoming(ReadOnlySpan<byte> bytes)
        => bytes.Length > _remaining ? bytes[..(int)_remaining] : bytes;

    private void ExpectPadding() => _expected = _padding > 0 ? Expected.Padding : Expected.Header;

    private void OnBlock(ReadOnlySpan<byte> block)
    {
        if (_expected == Expected.SparseMap)
            OnSparseMap(block);
        else if (_archives > 0 && !block.ContainsAnyExcept((byte)0))
            OnZeroBlock(block);
        else if (!TarHeader.IsHeader(block))
            BecomeRaw(block);
        else if (TarType.IsExtension(new TarHeader(block).Type))
            OnExtension(block);
        else
            OnMember(block);
    }

    private void OnZeroBlock(ReadOnlySpan<byte> block)
    {
        sink.Header(block);
        _headers.ForgetMember();
        _zeroBlocks = Math.Min(_zeroBlocks + 1, 2);
    }

    private void OnExtension(ReadOnlySpan<byte> block)
    {
        var header = new TarHeader(block);
        if (!TarNumber.TryReadField(header.Size, out long size) || size is < 0 or > long.MaxValue - TarHeader.BlockSize)
        {
            BecomeRaw(block);
            return;
        }

        EnterArchive();
        sink.Header(block);
        _extensionType = header.Type;
        _extension = _headers.Begin(_extensionType);
        Expect(size);
        if (TarType.IsLongName(_extensionType))
        {
            // It ends at its first zero byte: GNU tar looks for that in the padding, too.
            _remaining += _padding;
            _padding = 0;
        }

        if (size > 0)
            _expected = Expected.ExtensionData;
        else
            _headers.End(_extensionType);
    }

    private void OnMember(ReadOnlySpan<byte> block)
    {
        long archive = IsBetweenArchives ? _archives + 1 : _archives;
        if (!_headers.TryRead(block, archive, out TarMember member))
        {
            BecomeRaw(block);
            return;
        }

        EnterArchive();
        sink.Header(block);
        if (new TarHeader(block) is { Type: TarType.GnuSparse, IsGnu: true, SparseMapGoesOn: true })
        {
            block.CopyTo(_sparseHeader);
            _expected = Expected.SparseMap;
        }
        else
        {
            BeginMember(member);
        }
    }

    private void OnSparseMap(ReadOnlySpan<byte> block)
    {
        sink.Header(block);
        if (SparseMap.GoesOn(block))
            return;
        _headers.TryRead(_sparseHeader, _archives, out TarMember member); // as it did when the header came
        BeginMember(member);
    }

    private void EnterArchive()
    {
        if (!IsBetweenArchives)
            return;
        NoteLoneZeroBlock();
        _zeroBlocks = 0;
        _archives++;
    }

    private void BeginMember(in TarMember member)
    {
        _extension = null;
        _position.Begin(member);
        sink.MemberBegin(member);
        Expect(member.PayloadSize);
        if (member.PayloadSize > 0)
            _expected = Expected.Payload;
        else
            sink.MemberEnd();
        _headers.ForgetMember();
    }

    private void Expect(long size)
    {
        _remaining = size;
        _padding = (int)(-size & (TarHeader.BlockSize - 1));
        _expected = Expected.Header;
    }

    // From here on, all that comes is payload of no member.
    private void BecomeRaw(ReadOnlySpan<byte> block)
    {
        _expected = Expected.Raw;
        _rawFrom = _offset / TarHeader.BlockSize * TarHeader.BlockSize;
        sink.Payload(block);
    }

    private TarVerdict Judge()
    {
        NoteLoneZeroBlock();
        (TarEnding Ending, string? Message) end;
        if (_offset == 0)
            end = (TarEnding.Empty, "Input is empty");
        else if (_archives == 0)
            end = (TarEnding.Complete, null);
        else if (_zeroBlocks > 0)
            end = (_loneZeroBlock is null ? TarEnding.Complete : TarEnding.LoneZeroBlock, _loneZeroBlock);
        else if (_expected == Expected.Raw)
            end = (TarEnding.RawTail, DescribeRawTail());
        else
            end = (TarEnding.Truncated, DescribeTruncation());

        TarKind kind = _archives == 0 ? TarKind.Raw : TarKind.Tar;
        return new TarVerdict(kind, end.Ending, end.Message, Members, _archives, _rawFrom);
    }

    private void NoteLoneZeroBlock()
    {
        if (_zeroBlocks == 1)
            _loneZeroBlock ??= $"Archive ends with one zero block instead of two, {_position.AfterLastMember()}";
    }

    private string DescribeRawTail()
        => $"No tar header at byte {_rawFrom}, {_position.AfterLastMember()}: the rest is kept as raw bytes";

    private string DescribeTruncation()
    {
        bool isInHeaders = _blockFilled > 0 || _headers.AwaitMember
            || _expected is Expected.ExtensionData or Expected.SparseMap
            || (_expected == Expected.Padding && _extension is not null);
        if (isInHeaders)
            return $"Input ends inside a header, {_position.AfterLastMember()}";

        return _expected switch
        {
            Expected.Payload => $"Input ends inside {_position.LastMember()}, "
                + $"{_position.PayloadSize - _remaining} of {_position.PayloadSize} bytes",
            Expected.Padding => $"Input ends inside the padding after {_position.LastMember()}",
            _ => $"Input ends without an end-of-archive block, {_position.AfterLastMember()}",
        };
    }
}
