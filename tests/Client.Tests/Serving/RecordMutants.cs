using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Records of a put session (docs/design/wire-protocol.md, 9), now and then wrong at one of the format's fields.</summary>
/// <param name="random">Its seed decides everything.</param>
/// <param name="mode">Of the session that they are for.</param>
internal sealed class RecordMutants(Random random, string mode)
{
    /// <summary>One field of so many is wrong: most bodies get past the first of their fields.</summary>
    private const int WrongOneOf = 12;

    private static readonly long[] Lengths = [0, 1, 2, 15, 17, 65_536, (1 << 20) + 1, RecordFormat.MaxLength, RecordFormat.MaxLength + 1, int.MaxValue, 1L << 31, uint.MaxValue];

    /// <summary>The stream so far, if all that was made was right and was taken.</summary>
    public List<byte> Stream { get; } = [];

    /// <summary>The number of batches so far, if so.</summary>
    public int Batches { get; private set; }

    /// <summary>A body of some records.</summary>
    public byte[] Body()
    {
        List<byte> body = [];
        for (var count = random.Next(1, 4); count > 0; count--)
            body.AddRange(Batch());
        if (IsWrong())
            body.RemoveAt(random.Next(body.Count));
        if (IsWrong())
            body = body[..random.Next(1, body.Count)];
        if (IsWrong())
            body[random.Next(body.Count)] ^= (byte)(1 << random.Next(8));
        return [.. body];
    }

    // What a client sends for some bytes of its stream.
    private byte[] Batch()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        Stream.AddRange(bytes);
        Batches++;
        var rest = random.Next(4) switch { 0 => Record(RecordKind.Checkpoint, []), 1 => Record(RecordKind.Wait, []), _ => [] };
        var packed = random.Next(2) == 0;
        if (mode == Wire.StreamMode)
            return [.. Record(packed ? RecordKind.PackedStream : RecordKind.Stream, packed ? Frame(bytes) : bytes), .. rest];
        if (random.Next(3) == 0)
            return [.. Record(RecordKind.Tell, RecordFormat.WriteTell(Lane.Payload, [(int)Wrong(bytes.Length)])), .. Record(RecordKind.SampledChunks, Sampled(bytes)), .. rest];
        return [.. Record(RecordKind.Ask, Ask(bytes)), .. Record(packed ? RecordKind.PackedChunks : RecordKind.Chunks, packed ? Frame(bytes) : bytes), .. rest];
    }

    private byte[] Record(RecordKind kind, byte[] holds)
    {
        if (IsWrong())
            kind = (RecordKind)(random.Next(3) == 0 ? random.Next(256) : random.Next(11));
        if (IsWrong())
            holds = random.Next(3) switch { 0 => [], 1 => [.. holds, .. holds], _ => holds[..(holds.Length / 2)] };
        var record = new byte[RecordFormat.HeadLength + holds.Length];
        record[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(1), (uint)Wrong(holds.Length));
        holds.CopyTo(record, RecordFormat.HeadLength);
        return record;
    }

    // One chunk of one sample: so many bytes may have five.
    private byte[] Sampled(byte[] bytes) => [.. BitConverter.GetBytes((int)Wrong(1)), .. BitConverter.GetBytes(random.Next()), .. bytes];

    // Of one chunk, or of two that are its halves.
    private byte[] Ask(byte[] bytes)
    {
        byte[][] chunks = random.Next(2) == 0 ? [bytes] : [bytes[..5], bytes[5..]];
        var lengths = chunks.Select(chunk => (int)Wrong(chunk.Length)).ToArray();
        var hashes = chunks.SelectMany(chunk => SHA256.HashData(IsWrong() ? [] : chunk)).ToArray();
        return RecordFormat.WriteAsk(IsWrong() ? (Lane)random.Next(256) : Lane.Payload, lengths, hashes);
    }

    // A zstd frame of one block that is not compressed (RFC 8878, 3.1): its length in one byte, or, wrong, in eight.
    private byte[] Frame(byte[] bytes)
    {
        byte[] length = [(byte)Wrong(bytes.Length)];
        byte descriptor = 0x20;
        if (IsWrong())
        {
            length = BitConverter.GetBytes(random.Next(2) == 0 ? Wrong(bytes.Length) : random.NextInt64());
            descriptor = 0xE0;
        }

        var block = 1 | (Wrong(bytes.Length) << 3);
        return [0x28, 0xB5, 0x2F, 0xFD, descriptor, .. length, (byte)block, (byte)(block >> 8), (byte)(block >> 16), .. bytes];
    }

    private long Wrong(long right) => IsWrong() ? Lengths[random.Next(Lengths.Length)] : right;

    private bool IsWrong() => random.Next(WrongOneOf) == 0;
}
