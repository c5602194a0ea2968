using System.Buffers.Binary;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Bundles;

/// <summary>
/// A frame compressed and ready to be sealed: head and payload, with room for the tag behind. Packing is the costly
/// step and any thread may do it; sealing is cheap and happens in the bundle's order.
/// </summary>
/// <remarks>Owns its buffer until <see cref="Dispose"/>.</remarks>
internal sealed class PackedFrame : IDisposable
{
    private byte[] buffer;

    private PackedFrame(byte[] buffer, int length, int plainLength, IReadOnlyList<FrameEntry> entries)
    {
        this.buffer = buffer;
        Length = length;
        PlainLength = plainLength;
        Entries = entries;
    }

    /// <summary>Bytes of head and payload.</summary>
    public int Length { get; }

    /// <summary>Bytes once opened.</summary>
    public int PlainLength { get; }

    /// <summary>What is in it.</summary>
    public IReadOnlyList<FrameEntry> Entries { get; }

    /// <summary>Compresses a frame; keeps it as it is where compression does not pay.</summary>
    public static PackedFrame Pack(ReadOnlySpan<byte> plain, IReadOnlyList<FrameEntry> entries, int level)
    {
        var bound = BundleFormat.FrameHeadSize + Math.Max(plain.Length, Zstd.Bound(plain.Length));
        var buffer = BlockPool.Shared.Rent(bound + SealingKey.TagSize);
        var payload = buffer.AsSpan(BundleFormat.FrameHeadSize, bound - BundleFormat.FrameHeadSize);
        int written;
        using (var lease = ZstdPool.Rent())
            written = lease.Zstd.Compress(plain, [], level, payload);
        var compressed = written > 0 && written < plain.Length;
        if (!compressed)
            plain.CopyTo(payload);
        WriteHead(buffer, compressed ? FrameCodec.Zstd : FrameCodec.Stored, compressed ? level : 0, plain.Length, entries.Count);
        return new PackedFrame(buffer, BundleFormat.FrameHeadSize + (compressed ? written : plain.Length), plain.Length, entries);
    }

    /// <summary>A frame that only fills room: <paramref name="sealedLength"/> bytes once sealed.</summary>
    public static PackedFrame Padding(int sealedLength)
    {
        var buffer = BlockPool.Shared.Rent(sealedLength);
        var length = sealedLength - SealingKey.TagSize;
        buffer.AsSpan(0, length).Clear();
        WriteHead(buffer, FrameCodec.Padding, 0, 0, 0);
        return new PackedFrame(buffer, length, 0, []);
    }

    /// <summary>Seals in place.</summary>
    /// <returns>The sealed bytes, <see cref="Length"/> plus a tag; valid until dispose.</returns>
    public ReadOnlySpan<byte> Seal(SealingKey key, SealedKind kind, ulong ordinal)
    {
        var target = buffer.AsSpan(0, Length + SealingKey.TagSize);
        key.Seal(kind, ordinal, target[..Length], target);
        return target;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
            BlockPool.Shared.Return(buffer);
        buffer = [];
    }

    private static void WriteHead(Span<byte> head, FrameCodec codec, int level, int plainLength, int entries)
    {
        head[0] = (byte)codec;
        head[1] = (byte)(sbyte)level;
        head[2] = head[3] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)plainLength);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)entries);
    }
}
