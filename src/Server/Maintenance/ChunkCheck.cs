using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>Opens every frame of a bundle and compares every chunk with its id, deltas with the help of their bases.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class ChunkCheck : IDisposable
{
    private readonly ChunkHashers hashers;
    private readonly RepositoryKeys keys;
    private readonly ChunkIndex index;
    private readonly ChunkReader chunks;
    private readonly FrameCache frames;
    private readonly Damage damage;
    private readonly Action<long> verified;
    private readonly CancellationToken cancellation;

    /// <param name="verified">Told of each frame's bytes in the file.</param>
    public ChunkCheck(
        RepositoryKeys keys, ChunkIndex index, FrameCache frames, Damage damage, Action<long> verified, CancellationToken cancellation)
    {
        this.keys = keys;
        this.index = index;
        hashers = new ChunkHashers(keys);
        chunks = new ChunkReader(index, frames);
        this.frames = frames;
        this.damage = damage;
        this.verified = verified;
        this.cancellation = cancellation;
    }

    /// <summary>Checks one bundle.</summary>
    public void Check(BundleReader bundle)
    {
        for (var number = 0; number < bundle.Footer.Frames.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var frame = bundle.Footer.Frames[number];
            try
            {
                // Padding is read too: it is authenticated, and a check of every byte means every byte.
                var opened = frames.Frame(bundle, number);
                opened.Release();
                for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                    CheckEntry(bundle, entry);
                verified(frame.SealedLength);
            }
            catch (Exception error) when (Culprit.IsDamage(error))
            {
                var problem = damage.Add($"bundle {bundle.Id}", Culprit.Describe(bundle.Id, error));
                for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                    damage.Lose(bundle.Footer.Id(entry), bundle.Id, problem);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => hashers.Dispose();

    private void CheckEntry(BundleReader bundle, int entry)
    {
        var id = bundle.Footer.Id(entry);
        var place = ChunkPlace.In(bundle, entry);

        // It counts as not there. A prune may leave one that nothing needs; one that is needed is found missing by the recipe.
        if (place.Base is { } baseId && !index.TryFindPlain(baseId, place.Class, out _))
            return;
        try
        {
            var chunk = chunks.ReadThereAsync(place).GetAwaiter().GetResult();
            var actual = hashers.Of(bundle).Hash(chunk.Span);
            chunk.Holder.Release();
            if (actual != id)
                damage.LoseEverywhere(id, damage.Add($"bundle {Culprit.Of(place, chunks)}", $"bundle {bundle.Id}: entry {entry} is chunk {actual}, footer says {id}"));
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            damage.Lose(id, bundle.Id, damage.Add($"bundle {Culprit.Of(place, chunks)}", Culprit.Describe(bundle.Id, error)));
        }
    }
}
