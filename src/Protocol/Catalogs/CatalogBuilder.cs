using System.Buffers;
using System.IO.Hashing;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Makes the catalog of a tar while it passes: takes what a <see cref="TarScanner"/> tells, and gives the catalog's bytes at the end.
/// Memory: what is sorted, and a few nodes.
/// </summary>
/// <remarks>Threading: one thread. Dispose deletes what was spilled.</remarks>
/// <param name="newSpill">Makes room beside memory; asked when a tar has very many members.</param>
/// <param name="maxSortedBytes">Bytes of records in memory.</param>
public sealed class CatalogBuilder(Func<ICatalogSpill> newSpill, int maxSortedBytes = CatalogBuilder.MaxSortedBytes) : ITarSink, IDisposable
{
    /// <summary>Some fifteen thousand members, of the 24 MiB that a put may take; a little less than what a buffer doubles to.</summary>
    public const int MaxSortedBytes = (2 << 20) - (256 << 10);

    /// <summary>Bytes of keys and facts for each of the headers': a member's own are less, but a global header counts for all that follow.</summary>
    private const int MaxGrowth = 2;

    /// <summary>Bytes of these that there may be in any case: of a short tar a longer catalog is no burden.</summary>
    private const int FreeGrowth = 2 << 20;

    private readonly CatalogSorter sorter = new(newSpill, maxSortedBytes);
    private readonly UnnamedFolders unnamed = new();
    private readonly ArrayBufferWriter<byte> facts = new();
    private readonly XxHash3 contents = new();
    private byte[] path = [];
    private byte[] key = [];
    private int keyLength;
    private int pathLength;
    private bool isFolder;
    private MemberPlace place;
    private bool isOpen;
    private bool isKept;
    private long headerOffset;
    private long payloadOffset;
    private long ownHeaders;
    private long global;
    private ulong sparseHash;
    private bool isGlobal; // the block that comes next is a global header's
    private long globalEnd = -1; // where one would be that follows the last
    private long records;

    /// <summary>Why there will be no catalog: there was no room beside memory, or it would be too long. A snapshot without one is worth more than none.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether a member has come, whole or not.</summary>
    public bool HasMembers { get; private set; }

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
        if (isGlobal)
            globalEnd = headerOffset + TarHeader.BlockSize + Blocks(bytes);
        else if (headerOffset == globalEnd && !bytes.ContainsAnyExcept((byte)0))
            globalEnd += bytes.Length; // the end of an archive is nothing between two headers
        isGlobal = false;
        headerOffset += bytes.Length;
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes)
    {
        payloadOffset += bytes.Length;
        if (isOpen)
            contents.Append(bytes);
    }

    /// <inheritdoc/>
    public void MemberHeaders()
    {
        ownHeaders = headerOffset;
        globalEnd = -1;
    }

    /// <inheritdoc/>
    public void GlobalHeader()
    {
        // Of several that follow each other, the first: all of them are in force.
        global = headerOffset == globalEnd ? global : headerOffset + 1;
        isGlobal = true;
    }

    /// <inheritdoc/>
    public void MemberBegin(in TarMember member)
    {
        HasMembers = true;
        globalEnd = -1;
        isKept = Failure is null && member.Name.Length <= CatalogFormat.MaxText && member.Type != TarType.VolumeLabel;
        isOpen = isKept;
        if (!isKept)
            return;
        if (path.Length < member.Name.Length)
            (path, key) = (new byte[2 * member.Name.Length], new byte[(2 * member.Name.Length) + 1]);
        var length = MemberPath.Clean(member.Name, path);
        keyLength = MemberPath.WriteKey(path.AsSpan(0, length), key);
        facts.ResetWrittenCount();
        MemberFacts.Write(facts, member, path.AsSpan(0, length));
        place = new MemberPlace(ownHeaders, headerOffset - ownHeaders, payloadOffset, member.PayloadSize, global);
        contents.Reset();
        pathLength = length;
        isFolder = member.IsDirectory;
        sparseHash = member.SparseHash;
    }

    /// <inheritdoc/>
    public void MemberEnd()
    {
        isOpen = false;
        if (!isKept)
            return;
        if (place.PayloadSize > 0)
            MemberFacts.WriteContentHash(facts, contents.GetCurrentHashAsUInt64() + sparseHash);
        try
        {
            unnamed.Add(path.AsSpan(0, pathLength), isFolder, headerOffset, sorter);
            sorter.Add(key.AsSpan(0, keyLength), facts.WrittenSpan, place);
            records += keyLength + facts.WrittenCount;
            if (records > (MaxGrowth * headerOffset) + FreeGrowth)
                Failure = "it would be far longer than the headers that it is made of: the global ones have texts that are every member's";
        }
        catch (Exception error) when (IsLackOfRoom(error))
        {
            Failure = NoRoom(error);
        }
    }

    /// <summary>Writes the catalog, unless there was a <see cref="Failure"/>. To be called once, when the scan has ended.</summary>
    /// <param name="target">Takes the bytes in order.</param>
    public void Finish(Action<ReadOnlySpan<byte>> target)
    {
        try
        {
            if (Failure is null)
                sorter.Complete();
        }
        catch (Exception error) when (IsLackOfRoom(error))
        {
            Failure = NoRoom(error);
        }

        if (Failure is not null)
            return;
        var writer = new CatalogWriter(target);
        var filter = new UnnamedFilter(writer);
        sorter.Finish(filter.Add);
        filter.Finish();
        writer.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => sorter.Dispose();

    // Of contents, up to whole blocks.
    private static long Blocks(ReadOnlySpan<byte> header) =>
        TarNumber.TryReadField(new TarHeader(header[..TarHeader.BlockSize]).Size, out var size) ? size + (-size & (TarHeader.BlockSize - 1)) : 0;

    private static string NoRoom(Exception error) => $"there is no room beside memory: {error.Message}";

    private static bool IsLackOfRoom(Exception error) => error is IOException or UnauthorizedAccessException;
}
