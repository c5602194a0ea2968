using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Writes frames in which something is used into new bundles, sealed as they are: all that can be done by who does not open them.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class FrameRewriter(OpenRepository repository, ISessionLock session, UsedEntries used) : IBundleRewriter
{
    /// <summary>Key slots of a bundle, but for its own.</summary>
    private const int MaxSlots = byte.MaxValue - 1;

    /// <inheritdoc/>
    public long UnusedBytes(BundleReader bundle)
    {
        var kept = Kept.Of(bundle, used);
        return bundle.Footer.Frames.Where(frame => frame.Entries > 0).Sum(frame => (long)frame.SealedLength) - kept.Bytes;
    }

    /// <inheritdoc/>
    /// <remarks>Any two fit together: otherwise some would be written anew for nothing, again and again.</remarks>
    public bool MayJoin(BundleReader bundle) => Kept.Of(bundle, used) is var kept && kept.Slots.Count <= MaxSlots / 2 && kept.Entries <= BundleWriter.ManyEntries / 4;

    /// <inheritdoc/>
    public void Rewrite(IReadOnlyList<BundleReader> sources, IEnumerable<ChunkId> order, Action<WrittenBundle> written, CancellationToken cancellation)
    {
        var group = new List<Kept>();
        foreach (var source in sources)
        {
            cancellation.ThrowIfCancellationRequested();
            var kept = Kept.Of(source, used);
            if (group.Count > 0 && !Fits(group, kept))
            {
                written(Join(group, cancellation));
                group.Clear();
            }

            group.Add(kept);
        }

        written(Join(group, cancellation));
    }

    private static bool Fits(List<Kept> group, Kept more) => group.Sum(kept => kept.Bytes) + more.Bytes <= BundleWriter.SoftLength
        && group.Sum(kept => kept.Slots.Count) + more.Slots.Count <= MaxSlots
        && group.Sum(kept => kept.Entries) + more.Entries <= BundleWriter.ManyEntries
        && group.Sum(kept => kept.Frames.Count) + more.Frames.Count < BundleFormat.MaxFrames;

    private WrittenBundle Join(List<Kept> sources, CancellationToken cancellation)
    {
        byte[] slots = [.. sources.SelectMany(source => source.Slots.SelectMany(slot => source.Bundle.SlotBytes.Slice(slot * KeySlot.Size, KeySlot.Size).ToArray()))];
        using var file = new BundleFile(repository.Store, repository.Keys, session, sources[0].Bundle.Class, sources[0].Bundle.Domain, slots);
        var firstSlot = 0;
        foreach (var (bundle, frames, own, _, _) in sources)
        {
            foreach (var number in frames)
            {
                cancellation.ThrowIfCancellationRequested();
                var frame = bundle.Footer.Frames[number];
                var entries = Enumerable.Range(frame.FirstEntry, frame.Entries).Select(entry => bundle.Footer.Place(entry).Entry).ToList();
                file.Copy(bundle.ReadSealed(number), frame, firstSlot + own.IndexOf(frame.Slot), entries);
            }

            firstSlot += own.Count;
        }

        return file.Close();
    }

    // Frames in which something is used, and the slots under which they are sealed: one that only padding is sealed under is left behind.
    private sealed record Kept(BundleReader Bundle, List<int> Frames, List<byte> Slots, int Entries, long Bytes)
    {
        public static Kept Of(BundleReader bundle, UsedEntries used)
        {
            var frames = Enumerable.Range(0, bundle.Footer.Frames.Count).Where(number => IsKept(bundle, bundle.Footer.Frames[number], used)).ToList();
            return new Kept(
                bundle,
                frames,
                [.. frames.Select(frame => bundle.Footer.Frames[frame].Slot).Distinct()],
                frames.Sum(frame => bundle.Footer.Frames[frame].Entries),
                frames.Sum(frame => (long)bundle.Footer.Frames[frame].SealedLength));
        }

        private static bool IsKept(BundleReader bundle, FrameRecord frame, UsedEntries used) =>
            Enumerable.Range(frame.FirstEntry, frame.Entries).Any(entry => used.IsUsed(bundle.Id, entry));
    }
}
