using System.Buffers;
using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;

namespace StreamBack.Client.Connections.Puts;

/// <summary>A batch of chunks on its way to a server, from the cut until the server has it for good.</summary>
/// <remarks>Threading: made by the thread that cuts, then the sender's; hashed and packed by others. Owns its bytes until they are packed or the server has them for good.</remarks>
internal sealed class UploadBatch
{
    private Task<byte[]>? hashing;
    private ChunkBatch? bytes;
    private bool isLent;
    private int[] packed = [];
    private int packedLength;

    /// <param name="lane">Which of the stored streams it is of.</param>
    /// <param name="cut">Its chunks.</param>
    /// <param name="asks">Whether it will hardly be sent without asking first.</param>
    public UploadBatch(Lane lane, ChunkBatch cut, bool asks)
    {
        Lane = lane;
        bytes = cut;
        Lengths = new int[cut.Chunks.Length];
        for (var number = 0; number < Lengths.Length; number++)
            Lengths[number] = cut.Chunks[number].Length;
        if (asks)
            hashing = Task.Run(() => Hash(cut.Memory.Span));
    }

    /// <summary>Its number among all batches of the put.</summary>
    public long Number { get; set; }

    /// <summary>Which of the stored streams it is of.</summary>
    public Lane Lane { get; }

    /// <summary>Bytes of each chunk.</summary>
    public int[] Lengths { get; }

    /// <summary>Whether all its bytes are still here: until its first answer.</summary>
    public bool HasBytes => bytes is not null;

    /// <summary>The plain SHA-256 of each, one after another.</summary>
    public byte[] Hashes => (hashing ??= Task.FromResult(Hash((bytes?.Memory ?? Record!.Data).Span))).GetAwaiter().GetResult();

    /// <summary>Numbers of the chunks that the server wants, ascending.</summary>
    public int[] Missing { get; private set; } = [];

    /// <summary>Bytes of these.</summary>
    public int MissingLength => Missing.Sum(number => Lengths[number]);

    /// <summary>The bytes of the missing chunks, ready to be sent; kept until the server has them for good.</summary>
    public OutgoingRecord? Record { get; private set; }

    /// <summary>All of it is to be sent unasked.</summary>
    /// <param name="idle">Gets the buffer back.</param>
    /// <returns>What tells of it.</returns>
    public OutgoingRecord Tell(Action<ChunkBatch> idle)
    {
        Missing = [.. Enumerable.Range(0, Lengths.Length)];
        (Record, packed, packedLength) = (Gather(_ => null, sampled: true, idle), Missing, MissingLength);
        bytes = null;
        return new OutgoingRecord(RecordKind.Tell, RecordFormat.WriteTell(Lane, Lengths));
    }

    /// <summary>Takes the server's answer.</summary>
    /// <param name="isMissing">Of each chunk, whether its bytes are to be sent.</param>
    /// <param name="elsewhere">Finds a chunk, by its hash, that is no longer here; null if it is nowhere.</param>
    /// <param name="level">What to compress with; null for not at all.</param>
    /// <param name="idle">Gets the buffer back.</param>
    public void Answer(Func<int, bool> isMissing, Func<ReadOnlyMemory<byte>, byte[]?> elsewhere, int? level, Action<ChunkBatch> idle)
    {
        Missing = [.. Enumerable.Range(0, Lengths.Length).Where(isMissing)];
        if (Missing.Length > 0 && !(bytes is null && Missing.SequenceEqual(packed)))
        {
            var before = Record;
            (Record, packed, packedLength) = (Gather(elsewhere, sampled: level is null, idle), Missing, MissingLength);
            before?.Release();
            if (level is { } pays)
                Pack(pays);
        }
        else if (Missing.Length == 0)
        {
            Release();
            packed = [];
        }

        if (bytes is { } free && !isLent)
            idle(free);
        bytes = null;
    }

    /// <summary>Compresses what is ready to be sent, if that makes it shorter.</summary>
    public void Pack(int level)
    {
        if (Record is not { Kind: RecordKind.Chunks or RecordKind.SampledChunks } plain || ZstdFrame.TryPack(plain.Data.Span, level) is not { } frame)
            return;
        Record = new OutgoingRecord(RecordKind.PackedChunks, frame);
        plain.Release();
    }

    /// <summary>The server has it for good.</summary>
    public void Release()
    {
        Record?.Release();
        Record = null;
    }

    /// <summary>Finds a chunk among those that were packed; null if it is not there.</summary>
    public byte[]? Find(ReadOnlySpan<byte> hash)
    {
        var offset = 0;
        foreach (var number in packed)
        {
            if (HashOf(number).Span.SequenceEqual(hash))
                return Unpack().AsSpan(offset, Lengths[number]).ToArray();
            offset += Lengths[number];
        }

        return null;
    }

    private byte[] Hash(ReadOnlySpan<byte> chunks)
    {
        var hashes = new byte[Lengths.Length * RecordFormat.HashLength];
        for (var number = 0; number < Lengths.Length; number++)
        {
            SHA256.HashData(chunks[..Lengths[number]], hashes.AsSpan(number * RecordFormat.HashLength));
            chunks = chunks[Lengths[number]..];
        }

        return hashes;
    }

    private ReadOnlyMemory<byte> HashOf(int number) => Hashes.AsMemory(number * RecordFormat.HashLength, RecordFormat.HashLength);

    private OutgoingRecord Gather(Func<ReadOnlyMemory<byte>, byte[]?> elsewhere, bool sampled, Action<ChunkBatch> idle)
    {
        var (plain, done) = bytes is { } whole && Missing.Length == Lengths.Length ? Lend(whole, idle) : Copy(elsewhere);
        if (!sampled || bytes is null)
            return new OutgoingRecord(RecordKind.Chunks, plain, done);
        var samples = SampledChunks.WriteHead(bytes, Missing);
        return samples.Length + plain.Length > RecordFormat.MaxLength
            ? new OutgoingRecord(RecordKind.Chunks, plain, done)
            : new OutgoingRecord(RecordKind.SampledChunks, plain, done) { Before = samples };
    }

    private (ReadOnlyMemory<byte> Plain, Action Done) Lend(ChunkBatch whole, Action<ChunkBatch> idle)
    {
        isLent = true;
        return (whole.Memory, () => idle(whole));
    }

    private (ReadOnlyMemory<byte> Plain, Action Done) Copy(Func<ReadOnlyMemory<byte>, byte[]?> elsewhere)
    {
        // A megabyte for each batch: fresh ones would cost more than the copy.
        var length = MissingLength;
        var plain = ArrayPool<byte>.Shared.Rent(length);
        var offset = 0;
        foreach (var number in Missing)
        {
            var chunk = bytes is not null
                ? bytes.Bytes(bytes.Chunks[number])
                : Find(HashOf(number).Span) ?? elsewhere(HashOf(number)) ?? throw new Protocol.RepositoryException(
                    Protocol.ErrorCode.Failed, "The server no longer has chunks that it had when it was asked: put the stream again");
            chunk.CopyTo(plain.AsSpan(offset));
            offset += chunk.Length;
        }

        return (plain.AsMemory(0, length), () => ArrayPool<byte>.Shared.Return(plain));
    }

    private byte[] Unpack() => Record!.Kind == RecordKind.PackedChunks ? ZstdFrame.Open(Record.Data.Span, packedLength) : Record.Data.ToArray();
}
