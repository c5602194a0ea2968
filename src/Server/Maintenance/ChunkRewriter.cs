using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Writes what is used in bundles of one class into new ones, chunk by chunk: their frames can be opened.</summary>
/// <remarks>Threading: one thread calls; others compress and write. Memory: 150 bytes a chunk that is to be copied, and frames.</remarks>
/// <param name="isUsed">Whether an entry of a bundle is to be copied.</param>
internal sealed class ChunkRewriter(OpenRepository repository, ISessionLock session, FrameCache frames, Func<ChunkId, ChunkPlace, bool> isUsed) : IBundleRewriter
{
    private readonly Dictionary<ChunkId, (ObjectId Bundle, int Entry)> pending = [];
    private readonly List<WrittenBundle> written = [];
    private readonly OpenFrame?[] open = new OpenFrame?[2]; // plain chunks, deltas: as a put has them, in frames of their own

    /// <inheritdoc/>
    public long UnusedBytes(BundleReader bundle)
    {
        var bytes = 0L;
        foreach (var frame in bundle.Footer.Frames)
        {
            var unused = 0L;
            for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                unused += isUsed(bundle.Footer.Id(entry), ChunkPlace.In(bundle, entry)) ? 0 : bundle.Footer.Place(entry).Entry.StoredLength;
            bytes += unused == 0 ? 0 : unused * frame.SealedLength / frame.PlainLength;
        }

        return bytes;
    }

    /// <inheritdoc/>
    public bool MayJoin(BundleReader bundle) => true;

    /// <inheritdoc/>
    public IReadOnlyList<WrittenBundle> Rewrite(IReadOnlyList<BundleReader> sources, IEnumerable<ChunkId> order, CancellationToken cancellation)
    {
        pending.Clear();
        written.Clear();
        foreach (var source in sources)
            Note(source);
        using var writer = new BundlePipeline(
            new BundleWriter(repository.Store, repository.Keys, session, sources[0].Class, sources[0].Domain), repository.Config.Compression, written.Add);
        try
        {
            foreach (var id in order)
            {
                cancellation.ThrowIfCancellationRequested();
                if (pending.Remove(id, out var place))
                    Copy(writer, frames.Bundle(place.Bundle), place.Entry);
                if (pending.Count == 0)
                    break;
            }

            foreach (var source in sources)
                CopyRest(writer, source, cancellation);
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

        return [.. written];
    }

    // Of two copies that both count, since neither is sure, the first plain one is enough: it was read to be copied.
    private void Note(BundleReader source)
    {
        for (var entry = 0; entry < source.Footer.Count; entry++)
        {
            var id = source.Footer.Id(entry);
            if (!isUsed(id, ChunkPlace.In(source, entry)))
                continue;
            if (!pending.TryAdd(id, (source.Id, entry)) && source.Footer.Base(entry) is null)
                pending[id] = (source.Id, entry);
        }
    }

    private void CopyRest(BundlePipeline writer, BundleReader source, CancellationToken cancellation)
    {
        for (var entry = 0; entry < source.Footer.Count && pending.Count > 0; entry++)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = source.Footer.Id(entry);
            if (pending.TryGetValue(id, out var place) && place == (source.Id, entry) && pending.Remove(id))
                Copy(writer, source, entry);
        }
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
            target.AddDelta(entry.Id, entry.ChunkLength, baseId, stored);
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
}
