using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Writes what is used in bundles of one class into new ones, chunk by chunk: their frames can be opened.</summary>
/// <remarks>Threading: one thread calls; others compress and write. Memory: 60 bytes an entry of the sources, and frames.</remarks>
/// <param name="isUsed">Whether an entry of a bundle is to be copied.</param>
internal sealed class ChunkRewriter(OpenRepository repository, ISessionLock session, FrameCache frames, Func<ObjectId, int, bool> isUsed) : IBundleRewriter
{
    private readonly Dictionary<ChunkId, Source> pending = [];
    private readonly Dictionary<ChunkId, List<Source>> otherDeltas = []; // of chunks that are there as several, which are few
    private readonly OpenFrame?[] open = new OpenFrame?[2]; // plain chunks, deltas: as a put has them, in frames of their own

    /// <inheritdoc/>
    public long UnusedBytes(BundleReader bundle)
    {
        var bytes = 0L;
        foreach (var frame in bundle.Footer.Frames)
        {
            var unused = 0L;
            for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                unused += isUsed(bundle.Id, entry) ? 0 : bundle.Footer.Place(entry).Entry.StoredLength;
            bytes += unused == 0 ? 0 : unused * frame.SealedLength / frame.PlainLength;
        }

        return bytes;
    }

    /// <inheritdoc/>
    /// <remarks>One that was full by its entries would only be written anew again and again.</remarks>
    public bool MayJoin(BundleReader bundle) => bundle.Footer.Count <= BundleWriter.ManyEntries / 4;

    /// <inheritdoc/>
    public void Rewrite(IReadOnlyList<BundleReader> sources, IEnumerable<ChunkId> order, Action<WrittenBundle> written, CancellationToken cancellation)
    {
        pending.Clear();
        otherDeltas.Clear();
        pending.EnsureCapacity(sources.Sum(source => source.Footer.Count));
        for (var number = 0; number < sources.Count; number++)
            Note(sources[number], number);
        using var writer = new BundlePipeline(
            new BundleWriter(repository.Store, repository.Keys, session, sources[0].Class, sources[0].Domain), repository.Config.Compression, written);
        try
        {
            foreach (var id in order)
            {
                cancellation.ThrowIfCancellationRequested();
                if (pending.Remove(id, out var source))
                    Copy(writer, sources, id, source);
                if (pending.Count == 0)
                    break;
            }

            for (var number = 0; number < sources.Count; number++)
                CopyRest(writer, sources, number, cancellation);
            Submit(writer, 0);
            Submit(writer, 1);
            writer.Complete();
        }
        finally
        {
            open[0]?.Dispose();
            open[1]?.Dispose();
            Array.Clear(open);
        }
    }

    // Of a chunk one plain copy is used, or deltas; of these one on each base is enough, since whether that can be read nobody has looked.
    private void Note(BundleReader bundle, int number)
    {
        for (var entry = 0; entry < bundle.Footer.Count; entry++)
        {
            if (!isUsed(bundle.Id, entry))
                continue;
            var (id, source) = (bundle.Footer.Id(entry), new Source(number, entry));
            if (!pending.TryAdd(id, source) && !otherDeltas.TryAdd(id, [source]))
                otherDeltas[id].Add(source);
        }
    }

    private void CopyRest(BundlePipeline writer, IReadOnlyList<BundleReader> sources, int number, CancellationToken cancellation)
    {
        var footer = sources[number].Footer;
        for (var entry = 0; entry < footer.Count && pending.Count > 0; entry++)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = footer.Id(entry);
            if (pending.TryGetValue(id, out var source) && source == new Source(number, entry) && pending.Remove(id))
                Copy(writer, sources, id, source);
        }
    }

    private void Copy(BundlePipeline writer, IReadOnlyList<BundleReader> sources, ChunkId id, Source first)
    {
        Copy(writer, sources[first.Number], first.Entry);
        if (!otherDeltas.TryGetValue(id, out var others))
            return;
        foreach (var other in others.Prepend(first).DistinctBy(source => sources[source.Number].Footer.Base(source.Entry)).Where(source => source != first))
            Copy(writer, sources[other.Number], other.Entry);
    }

    private void Copy(BundlePipeline writer, BundleReader bundle, int number)
    {
        var (frame, offset, entry) = bundle.Footer.Place(number);
        var kind = entry.Base is null ? 0 : 1;
        if (open[kind] is { } full && !full.HasRoom(entry.StoredLength))
            Submit(writer, kind);
        var target = open[kind] ??= new OpenFrame(entry.StoredLength);
        var bytes = frames.Frame(bundle, frame);
        var stored = bytes.Span.Slice(offset, entry.StoredLength);
        if (entry.Base is { } baseId)
            target.AddDelta(entry.Id, entry.ChunkLength, baseId, stored, entry.Features);
        else
            target.AddPlain(entry.Id, stored, entry.Features);
        bytes.Release();
    }

    private void Submit(BundlePipeline writer, int kind)
    {
        if (open[kind] is { } frame)
            writer.Submit(frame);
        open[kind] = null;
    }

    // Number among the bundles that are copied from, and of the entry there.
    private readonly record struct Source(int Number, int Entry);
}
