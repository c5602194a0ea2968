using StreamBack.Server.Bundles;

namespace StreamBack.Micro.Index;

/// <summary>
/// Writes bundles of a <see cref="ScaleRepository"/>: they are real and have the frames and entries that they would have, but every chunk
/// in them is empty, since nothing of the index, of marking or of counting depends on chunks' bytes.
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
    public static WrittenBundle Write(BundleWriter bundles, long first, long end)
    {
        end = Math.Min(end, first + Chunks);
        for (; first < end; first += EntriesPerFrame)
        {
            var entries = new List<FrameEntry>(EntriesPerFrame);
            for (var number = first; number < Math.Min(end, first + EntriesPerFrame); number++)
                entries.Add(new FrameEntry(ScaleRepository.ChunkId(number), 0, 0, null, default));
            using var frame = PackedFrame.Pack([], entries, level: 1);
            bundles.Add(frame);
        }

        return bundles.Close()!;
    }
}
