using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Micro;

/// <summary>What frames cost to pack, seal, open and unpack, and deltas to make, beside the bare library calls.</summary>
internal static class FramesBench
{
    private const int ChunkLength = 64 << 10;

    /// <summary>Bytes between two edits of the chunk that a delta is made of.</summary>
    private const int EditDistance = 8 << 10;

    private static readonly int[] Levels = [-5, -1, 1, 3, 5, 9];

    /// <summary>Measures.</summary>
    /// <param name="data">One frame or more; a frame is taken from the middle.</param>
    public static void Run(byte[] data)
    {
        var frame = data.AsSpan((data.Length - OpenFrame.TargetLength) / 2, OpenFrame.TargetLength).ToArray();
        Compress(frame);
        Decompress(frame);
        Seal(frame);
        Delta(frame.AsSpan(0, ChunkLength).ToArray());
    }

    private static void Compress(byte[] frame)
    {
        using var zstd = new Zstd();
        var room = new byte[Zstd.Bound(frame.Length)];
        var megabytes = frame.Length / 1e6;
        foreach (var level in Levels)
        {
            var ratio = (double)frame.Length / zstd.Compress(frame, [], level, room);
            new Contest($"pack 1 MiB, level {level}, {ratio:0.00}:1", "MB/s")
                .Add("zstd", megabytes, () => zstd.Compress(frame, [], level, room))
                .Add("PackedFrame.Pack", megabytes, () => PackedFrame.Pack(frame, [], level).Dispose())
                .Run();
        }
    }

    private static void Decompress(byte[] frame)
    {
        using var zstd = new Zstd();
        var room = new byte[Zstd.Bound(frame.Length)];
        var length = zstd.Compress(frame, [], 3, room);
        using var packed = PackedFrame.Pack(frame, [], 3);
        using var key = NewKey();
        var opened = packed.Seal(key, SealedKind.ContentFrame, 0).ToArray();
        key.TryOpen(SealedKind.ContentFrame, 0, opened, opened.AsSpan(0, packed.Length));
        var plain = new byte[frame.Length];
        var megabytes = frame.Length / 1e6;
        new Contest("unpack 1 MiB of level 3", "MB/s")
            .Add("memory copy", megabytes, () => frame.CopyTo(plain.AsSpan()))
            .Add("zstd", megabytes, () => zstd.TryDecompress(room.AsSpan(0, length), [], plain))
            .Add("FramePayload.Unpack", megabytes, () => new FramePayload(opened, packed.Length, plain.Length, "frame").Unpack(plain))
            .Run();
    }

    private static void Seal(byte[] frame)
    {
        using var key = NewKey();
        using var cipher = new AesGcm(Samples.Random(SealingKey.KeySize), SealingKey.TagSize);
        foreach (var length in new[] { frame.Length, 4 << 10 })
        {
            var plain = frame[..length];
            var bytes = new byte[length + SealingKey.TagSize];
            var target = new byte[length];
            var (nonce, tag) = (new byte[12], new byte[SealingKey.TagSize]);
            var megabytes = length / 1e6;
            new Contest($"seal and open {length >> 10} KiB", "MB/s")
                .Add("AES-256-GCM, encrypt", megabytes, () => cipher.Encrypt(nonce, plain, target, tag))
                .Add("SealingKey.Seal", megabytes, () => key.Seal(SealedKind.ContentFrame, 1, plain, bytes))
                .Add("SealingKey.TryOpen", megabytes, () => key.TryOpen(SealedKind.ContentFrame, 1, bytes, target))
                .Run();
        }
    }

    private static void Delta(byte[] chunk)
    {
        var edited = chunk.ToArray();
        for (var at = EditDistance / 2; at < edited.Length; at += EditDistance)
            edited[at] ^= 1;
        using var zstd = new Zstd();
        var stranger = Samples.Random(ChunkLength);
        var delta = new byte[ChunkLength];
        var room = delta.AsMemory(0, ChunkLength / 4);
        var length = zstd.Compress(edited, chunk, 3, room.Span);
        var megabytes = ChunkLength / 1e6;
        new Contest($"a chunk of 64 KiB, its delta {length} bytes", "MB/s")
            .Add("zstd 3, no base", megabytes, () => zstd.Compress(edited, [], 3, delta))
            .Add("delta, level 3", megabytes, () => zstd.Compress(edited, chunk, 3, room.Span))
            .Add("delta, level 9", megabytes, () => zstd.Compress(edited, chunk, 9, room.Span))
            .Add("delta against a stranger, given up", megabytes, () => zstd.Compress(edited, stranger, 3, room.Span))
            .Run();
        length = zstd.Compress(edited, chunk, 3, delta);
        new Contest("… opened again", "MB/s")
            .Add("memory copy", megabytes, () => chunk.CopyTo(edited.AsSpan()))
            .Add("zstd with its base", megabytes, () => zstd.TryDecompress(delta.AsSpan(0, length), chunk, edited))
            .Run();
    }

    private static SealingKey NewKey() =>
        new(RepositoryId.New(), Samples.Random(SealingKey.KeySize), Samples.Random(SealingKey.IdSize));
}
