using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Sessions;

/// <summary>What the entries of a put's journal hold, as bytes (docs/design/put-and-get.md).</summary>
internal static class JournalData
{
    private const int BatchHeadLength = 1 + sizeof(uint);
    private const int ChunkLength = ChunkId.Length + sizeof(uint);
    private const int GrowthLength = 3 * sizeof(long);

    /// <summary>A batch: lane (u8), count (u32 LE), and for each chunk its id and length (u32 LE).</summary>
    public static byte[] Write(AskedBatch batch)
    {
        var bytes = new byte[BatchHeadLength + batch.Ids.Length * ChunkLength];
        bytes[0] = (byte)batch.Lane;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), batch.Ids.Length);
        var at = BatchHeadLength;
        for (var number = 0; number < batch.Ids.Length; number++, at += ChunkLength)
        {
            batch.Ids[number].WriteTo(bytes.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + ChunkId.Length), batch.Lengths[number]);
        }

        return bytes;
    }

    /// <summary>Whether bytes are whole batches.</summary>
    public static bool AreBatches(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            if (data.Length < BatchHeadLength || !Enum.IsDefined((Lane)data[0]))
                return false;
            var length = BatchHeadLength + BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) * (long)ChunkLength;
            if (length > data.Length)
                return false;
            data = data[(int)length..];
        }

        return true;
    }

    /// <summary>Batches, one after another.</summary>
    public static IEnumerable<AskedBatch> ReadBatches(ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
        {
            var count = BinaryPrimitives.ReadInt32LittleEndian(data.Span[1..]);
            var (ids, lengths) = (new ChunkId[count], new int[count]);
            var lane = (Lane)data.Span[0];
            data = data[BatchHeadLength..];
            for (var number = 0; number < count; number++, data = data[ChunkLength..])
            {
                ids[number] = new ChunkId(data.Span);
                lengths[number] = BinaryPrimitives.ReadInt32LittleEndian(data.Span[ChunkId.Length..]);
            }

            yield return new AskedBatch(lane, ids, lengths, []);
        }
    }

    /// <summary>What was new and what it took: new chunks, their bytes, stored bytes, each i64 LE.</summary>
    public static byte[] Write(PutGrowth growth)
    {
        var bytes = new byte[GrowthLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, growth.NewChunks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(sizeof(long)), growth.NewChunkBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2 * sizeof(long)), growth.StoredBytes);
        return bytes;
    }

    /// <summary>Reads it; null if it is none.</summary>
    public static PutGrowth? ReadGrowth(ReadOnlySpan<byte> data) => data.Length != GrowthLength ? null : new(
        BinaryPrimitives.ReadInt64LittleEndian(data),
        BinaryPrimitives.ReadInt64LittleEndian(data[sizeof(long)..]),
        BinaryPrimitives.ReadInt64LittleEndian(data[(2 * sizeof(long))..]));
}
