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
    private readonly Dictionary<ChunkId, Source> pending = [];
    private readonly Dictionary<ChunkId, List<Source>> otherDeltas = []; // of chunks that are there as several, which are few
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
        otherDeltas.Clear();
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
                if (pending.Remove(id, out var source))
                    Copy(writer, id, source);
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

    // Of two copies that both count, since neither is sure, the first plain one is enough: it was read to be copied. Of deltas one on each
    // base is: whether that can be read nobody has looked.
    private void Note(BundleReader bundle)
    {
        for (var entry = 0; entry < bundle.Footer.Count; entry++)
        {
            var id = bundle.Footer.Id(entry);
            if (!isUsed(id, ChunkPlace.In(bundle, entry)))
                continue;
            var source = new Source(bundle.Id, entry, bundle.Footer.Base(entry));
            if (pending.TryAdd(id, source) || pending[id].Base is not { } first)
                continue;
            if (source.Base is null)
            {
                pending[id] = source;
                otherDeltas.Remove(id);
            }
            else if (source.Base != first)
            {
                NoteOther(id, source);
            }
        }
    }

    private void NoteOther(ChunkId id, Source delta)
    {
        if (!otherDeltas.TryAdd(id, [delta]) && !otherDeltas[id].Exists(other => other.Base == delta.Base))
            otherDeltas[id].Add(delta);
    }

    private void CopyRest(BundlePipeline writer, BundleReader bundle, CancellationToken cancellation)
    {
        for (var entry = 0; entry < bundle.Footer.Count && pending.Count > 0; entry++)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = bundle.Footer.Id(entry);
            if (pending.TryGetValue(id, out var source) && (source.Bundle, source.Entry) == (bundle.Id, entry) && pending.Remove(id))
                Copy(writer, id, source);
        }
    }

    private void Copy(BundlePipeline writer, ChunkId id, Source first)
    {
        foreach (var source in otherDeltas.GetValueOrDefault(id, []).Prepend(first))
            Copy(writer, frames.Bundle(source.Bundle), source.Entry);
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

    private readonly record struct Source(ObjectId Bundle, int Entry, ChunkId? Base);
}
