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
    private readonly MemberHeaders headers = new();
    private readonly TarPosition position = new();
    private readonly byte[] block = new byte[TarHeader.BlockSize];
    private readonly byte[] sparseHeader = new byte[TarHeader.BlockSize];

    private Expected expected = Expected.Header;
    private int blockFilled;
    private ExtensionData? extension;
    private byte extensionType;
    private long remaining;
    private int padding;
    private int zeroBlocks;
    private string? loneZeroBlock;
    private long archives;
    private long offset;
    private long? rawFrom;

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
    public long Members => position.Members;

    /// <summary>Whether the byte that comes next begins a header, or the end of an archive.</summary>
    public bool ExpectsHeader => expected == Expected.Header && blockFilled == 0;

    /// <summary>Bytes of any value until a header is read, if it were to come now; null within what a member has, its long names and attributes included.</summary>
    public int? BytesToHeader => expected switch
    {
        Expected.Header => 0,
        Expected.Padding => padding,
        _ => null,
    };

    /// <summary>Goes on behind the contents of the member that has just begun, as if they had passed.</summary>
    public void PassContents() => (remaining, padding, expected) = (0, 0, Expected.Header);

    // Whether a header that comes now begins an archive.
    private bool IsBetweenArchives => archives == 0 || zeroBlocks > 0;

    /// <summary>
    /// Takes the next bytes. Up to 511 of them, the part of a block, are kept back until the block is whole or
    /// <see cref="Finish"/> is called.
    /// </summary>
    public void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int taken = expected switch
            {
                Expected.Header or Expected.SparseMap => TakeBlock(bytes),
                Expected.ExtensionData => TakeExtensionData(bytes),
                Expected.Payload => TakePayload(bytes),
                Expected.Padding => TakePadding(bytes),
                Expected.Raw => TakeRaw(bytes),
                _ => throw new UnreachableException(),
            };
            offset += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>The stream ended: gives the sink what was kept back, and the verdict. To be called once.</summary>
    public TarVerdict Finish()
    {
        ReadOnlySpan<byte> rest = block.AsSpan(0, blockFilled);
        if (rest.IsEmpty)
            return Judge();

        if (IsBetweenArchives && (archives == 0 || rest.ContainsAnyExcept((byte)0)))
            BecomeRaw(rest);
        else
            sink.Header(rest);

        return Judge();
    }

    private int TakeBlock(ReadOnlySpan<byte> bytes)
    {
        if (blockFilled == 0 && bytes.Length >= TarHeader.BlockSize)
        {
            OnBlock(bytes[..TarHeader.BlockSize]);
            return TarHeader.BlockSize;
        }

        int taken = Math.Min(bytes.Length, TarHeader.BlockSize - blockFilled);
        bytes[..taken].CopyTo(block.AsSpan(blockFilled));
        blockFilled += taken;
        if (blockFilled == TarHeader.BlockSize)
        {
            OnBlock(block);
            blockFilled = 0;
        }

        return taken;
    }

    private int TakeExtensionData(ReadOnlySpan<byte> bytes)
    {
        bytes = Upcoming(bytes);
        sink.Header(bytes);
        extension!.Append(bytes);
        remaining -= bytes.Length;
        if (remaining == 0)
        {
            headers.End(extensionType);
            ExpectPadding();
        }

        return bytes.Length;
    }

    private int TakePayload(ReadOnlySpan<byte> bytes)
    {
        bytes = Upcoming(bytes);
        sink.Payload(bytes);
        remaining -= bytes.Length;
        if (remaining == 0)
        {
            sink.MemberEnd();
            ExpectPadding();
        }

        return bytes.Length;
    }

    private int TakePadding(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, padding);
        sink.Header(bytes[..taken]);
        padding -= taken;
        ExpectPadding();
        return taken;
    }

    private int TakeRaw(ReadOnlySpan<byte> bytes)
    {
        sink.Payload(bytes);
        return bytes.Length;
    }

    private ReadOnlySpan<byte> Upcoming(ReadOnlySpan<byte> bytes)
        => bytes.Length > remaining ? bytes[..(int)remaining] : bytes;

    private void ExpectPadding() => expected = padding > 0 ? Expected.Padding : Expected.Header;

    private void OnBlock(ReadOnlySpan<byte> block)
    {
        if (expected == Expected.SparseMap)
            OnSparseMap(block);
        else if (archives > 0 && !block.ContainsAnyExcept((byte)0))
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
        headers.ForgetMember();
        zeroBlocks = Math.Min(zeroBlocks + 1, 2);
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
        if (header.Type == TarType.PaxGlobal)
            sink.GlobalHeader();
        else if (!headers.AwaitMember)
            sink.MemberHeaders();
        sink.Header(block);
        extensionType = header.Type;
        extension = headers.Begin(extensionType);
        Expect(size);
        if (TarType.IsLongName(extensionType))
        {
            // It ends at its first zero byte: GNU tar looks for that in the padding, too.
            remaining += padding;
            padding = 0;
        }

        if (size > 0)
            expected = Expected.ExtensionData;
        else
            headers.End(extensionType);
    }

    private void OnMember(ReadOnlySpan<byte> block)
    {
        long archive = IsBetweenArchives ? archives + 1 : archives;
        if (!headers.TryRead(block, archive, out TarMember member))
        {
            BecomeRaw(block);
            return;
        }

        EnterArchive();
        if (!headers.AwaitMember)
            sink.MemberHeaders();
        sink.Header(block);
        if (new TarHeader(block) is { Type: TarType.GnuSparse, IsGnu: true, SparseMapGoesOn: true })
        {
            block.CopyTo(sparseHeader);
            expected = Expected.SparseMap;
        }
        else
        {
            BeginMember(member);
        }
    }

    private void OnSparseMap(ReadOnlySpan<byte> block)
    {
        sink.Header(block);
        headers.AddMap(block);
        if (SparseMap.GoesOn(block))
            return;
        headers.TryRead(sparseHeader, archives, out TarMember member); // as it did when the header came
        BeginMember(member);
    }

    private void EnterArchive()
    {
        if (!IsBetweenArchives)
            return;
        NoteLoneZeroBlock();
        zeroBlocks = 0;
        archives++;
    }

    private void BeginMember(in TarMember member)
    {
        extension = null;
        position.Begin(member);
        sink.MemberBegin(member);
        Expect(member.PayloadSize);
        if (member.PayloadSize > 0)
            expected = Expected.Payload;
        else
            sink.MemberEnd();
        headers.ForgetMember();
    }

    private void Expect(long size)
    {
        remaining = size;
        padding = (int)(-size & (TarHeader.BlockSize - 1));
        expected = Expected.Header;
    }

    // From here on, all that comes is payload of no member.
    private void BecomeRaw(ReadOnlySpan<byte> block)
    {
        expected = Expected.Raw;
        rawFrom = offset / TarHeader.BlockSize * TarHeader.BlockSize;
        sink.Payload(block);
    }

    private TarVerdict Judge()
    {
        NoteLoneZeroBlock();
        (TarEnding Ending, string? Message) end;
        if (offset == 0)
            end = (TarEnding.Empty, "Input is empty");
        else if (archives == 0)
            end = (TarEnding.Complete, null);
        else if (zeroBlocks > 0)
            end = (loneZeroBlock is null ? TarEnding.Complete : TarEnding.LoneZeroBlock, loneZeroBlock);
        else if (expected == Expected.Raw)
            end = (TarEnding.RawTail, DescribeRawTail());
        else
            end = (TarEnding.Truncated, DescribeTruncation());

        TarKind kind = archives == 0 ? TarKind.Raw : TarKind.Tar;
        return new TarVerdict(kind, end.Ending, end.Message, Members, archives, rawFrom);
    }

    private void NoteLoneZeroBlock()
    {
        if (zeroBlocks == 1)
            loneZeroBlock ??= $"Archive ends with one zero block instead of two, {position.AfterLastMember()}";
    }

    private string DescribeRawTail()
        => $"No tar header at byte {rawFrom}, {position.AfterLastMember()}: the rest is kept as raw bytes";

    private string DescribeTruncation()
    {
        bool isInHeaders = blockFilled > 0 || headers.AwaitMember
            || expected is Expected.ExtensionData or Expected.SparseMap
            || (expected == Expected.Padding && extension is not null);
        if (isInHeaders)
            return $"Input ends inside a header, {position.AfterLastMember()}";

        return expected switch
        {
            Expected.Payload => $"Input ends inside {position.LastMember()}, "
                + $"{position.PayloadSize - remaining} of {position.PayloadSize} bytes",
            Expected.Padding => $"Input ends inside the padding after {position.LastMember()}",
            _ => $"Input ends without an end-of-archive block, {position.AfterLastMember()}",
        };
    }
}
