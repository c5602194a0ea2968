using System.Formats.Tar;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Tests;

/// <summary>Contents that are the same in every run.</summary>
internal static class TestBytes
{
    /// <summary>Bytes that do not compress.</summary>
    public static byte[] Random(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Bytes that compress, and whose chunks have similarity features.</summary>
    public static byte[] Text(int seed, int length)
    {
        var random = new Random(seed);
        var words = Random(seed, 16 << 10);
        var text = new byte[length];
        for (var at = 0; at < length;)
        {
            var word = Math.Min(3 + random.Next(9), length - at);
            words.AsSpan(random.Next(words.Length / 16) * 16, word).CopyTo(text.AsSpan(at));
            at += word;
        }

        return text;
    }

    /// <summary>A copy with a few bytes changed here and there: one every <paramref name="distance"/> bytes.</summary>
    public static byte[] Edited(byte[] bytes, int distance)
    {
        var edited = bytes.ToArray();
        for (var at = distance / 2; at < edited.Length; at += distance)
            edited[at] ^= 0x55;
        return edited;
    }

    /// <summary>A whole tar of files with these contents.</summary>
    public static byte[] Tar(params byte[][] contents)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (number, content) in contents.Index())
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"folder/file-{number}")
                {
                    DataStream = new MemoryStream(content),
                    ModificationTime = DateTimeOffset.UnixEpoch,
                });
            }
        }

        return stream.ToArray();
    }

    public static ChunkId Chunk(int seed) => new(Random(seed, ChunkId.Length));

    public static ObjectId Object(int seed) => new(Random(seed, ObjectId.Size));
}
