using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamBack.Protocol.Http;

/// <summary>The bytes of a put session's records (docs/design/wire-protocol.md, 9).</summary>
public static class RecordFormat
{
    /// <summary>Bytes of a record's head: kind, and length of what follows.</summary>
    public const int HeadLength = 1 + sizeof(uint);

    /// <summary>Bytes after the head at the most: a batch of chunks, and one maximal chunk beyond it.</summary>
    public const int MaxLength = Chunking.ChunkBatch.TargetLength + (4 * Chunking.ChunkingParameters.LargestAverage);

    /// <summary>Bytes of an asked chunk: its length and its plain SHA-256.</summary>
    public const int AskedChunkLength = sizeof(uint) + HashLength;

    /// <summary>Bytes of a plain SHA-256.</summary>
    public const int HashLength = 32;

    /// <summary>Bytes of the stream in one record of it: about what a batch has.</summary>
    public const int StreamBlockLength = 1 << 20;

    /// <summary>Writes a record's head.</summary>
    /// <param name="head">At least <see cref="HeadLength"/> bytes.</param>
    public static void WriteHead(Span<byte> head, RecordKind kind, int length)
    {
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], length);
    }

    /// <summary>Reads a record's head.</summary>
    /// <param name="head">At least <see cref="HeadLength"/> bytes.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is none.</exception>
    public static (RecordKind Kind, int Length) ReadHead(ReadOnlySpan<byte> head)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head[1..]);
        if (head[0] is < (byte)RecordKind.Ask or > (byte)RecordKind.Tell || length > MaxLength)
            throw new RepositoryException(ErrorCode.Usage, $"No record has kind {head[0]} and {length} bytes");
        return ((RecordKind)head[0], (int)length);
    }

    /// <summary>Writes what is in an <see cref="RecordKind.Ask"/>.</summary>
    /// <param name="lane">Which stream the chunks are of.</param>
    /// <param name="lengths">Bytes of each.</param>
    /// <param name="hashes">The plain SHA-256 of each, one after another.</param>
    public static byte[] WriteAsk(Chunking.Lane lane, ReadOnlySpan<int> lengths, ReadOnlySpan<byte> hashes)
    {
        var ask = new byte[1 + (lengths.Length * AskedChunkLength)];
        ask[0] = (byte)lane;
        for (var number = 0; number < lengths.Length; number++)
        {
            var chunk = ask.AsSpan(1 + (number * AskedChunkLength), AskedChunkLength);
            BinaryPrimitives.WriteInt32LittleEndian(chunk, lengths[number]);
            hashes.Slice(number * HashLength, HashLength).CopyTo(chunk[sizeof(uint)..]);
        }

        return ask;
    }

    /// <summary>Reads what is in an <see cref="RecordKind.Ask"/>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is none.</exception>
    public static (Chunking.Lane Lane, int[] Lengths, byte[] Hashes) ReadAsk(ReadOnlySpan<byte> ask)
    {
        if (ask.Length <= 1 || (ask.Length - 1) % AskedChunkLength != 0 || ask[0] > (byte)Chunking.Lane.Catalog)
            throw new RepositoryException(ErrorCode.Usage, $"{ask.Length} bytes ask for no batch of chunks");
        var count = (ask.Length - 1) / AskedChunkLength;
        var (lengths, hashes) = (new int[count], new byte[count * HashLength]);
        for (var number = 0; number < count; number++)
        {
            var chunk = ask.Slice(1 + (number * AskedChunkLength), AskedChunkLength);
            lengths[number] = BinaryPrimitives.ReadInt32LittleEndian(chunk);
            chunk[sizeof(uint)..].CopyTo(hashes.AsSpan(number * HashLength));
        }

        return ((Chunking.Lane)ask[0], lengths, hashes);
    }

    /// <summary>Writes what is in a <see cref="RecordKind.Tell"/>.</summary>
    /// <param name="lane">Which stream the chunks are of.</param>
    /// <param name="lengths">Bytes of each.</param>
    public static byte[] WriteTell(Chunking.Lane lane, ReadOnlySpan<int> lengths)
    {
        var tell = new byte[1 + (lengths.Length * sizeof(uint))];
        tell[0] = (byte)lane;
        MemoryMarshal.AsBytes(lengths).CopyTo(tell.AsSpan(1));
        return tell;
    }

    /// <summary>Reads what is in a <see cref="RecordKind.Tell"/>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is none.</exception>
    public static (Chunking.Lane Lane, int[] Lengths) ReadTell(ReadOnlySpan<byte> tell)
    {
        if (tell.Length <= 1 || (tell.Length - 1) % sizeof(uint) != 0 || tell[0] > (byte)Chunking.Lane.Catalog)
            throw new RepositoryException(ErrorCode.Usage, $"{tell.Length} bytes tell of no batch of chunks");
        return ((Chunking.Lane)tell[0], MemoryMarshal.Cast<byte, int>(tell[1..]).ToArray());
    }
}
