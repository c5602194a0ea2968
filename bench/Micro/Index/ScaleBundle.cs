using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Micro.Index;

/// <summary>
/// Writes bundles of a <see cref="ScaleRepository"/>: they are real and have the frames and entries that they would have, but the chunks
/// in them are empty, since nothing of the index depends on their bytes; or short, for who reads them.
/// </summary>
internal static class ScaleBundle
{
    /// <summary>Chunks in a frame of 1 MiB.</summary>
    private const int EntriesPerFrame = 16;

    /// <summary>Frames of a bundle of 20 MiB if data compresses to half: fewer, larger bundles where it compresses better.</summary>
    private const int FramesPerBundle = 40;

    /// <summary>Chunks in a bundle.</summary>
    public const int Chunks = EntriesPerFrame * FramesPerBundle;

    /// <summary>Writes the chunks from one number to before another, as many as a bundle has at the most.</summary>
    /// <param name="chunk">A chunk by its number; null for empty ones.</param>
    public static WrittenBundle Write(BundleWriter bundles, long first, long end, Func<long, (ChunkId Id, byte[] Bytes)>? chunk = null)
    {
        chunk ??= number => (ScaleRepository.ChunkId(number), []);
        end = Math.Min(end, first + Chunks);
        for (; first < end; first += EntriesPerFrame)
        {
            var (entries, plain) = (new List<FrameEntry>(EntriesPerFrame), new List<byte>());
            for (var number = first; number < Math.Min(end, first + EntriesPerFrame); number++)
            {
                var (id, bytes) = chunk(number);
                entries.Add(new FrameEntry(id, bytes.Length, bytes.Length, null, default));
                plain.AddRange(bytes);
            }

            using var frame = PackedFrame.Pack([.. plain], entries, level: 1);
            bundles.Add(frame);
        }

        return bundles.Close()!;
    }
}
