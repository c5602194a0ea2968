using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Maintenance;

/// <summary>Opens every frame of a bundle and compares every chunk with its id, deltas with the help of their bases.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class ChunkCheck : IDisposable
{
    private readonly ChunkHasher contentHasher;
    private readonly ChunkHasher structureHasher;
    private readonly ChunkReader chunks;
    private readonly FrameCache frames;
    private readonly Damage damage;
    private readonly Action<long> verified;
    private readonly CancellationToken cancellation;

    /// <param name="verified">Told of each frame's bytes in the file.</param>
    public ChunkCheck(
        RepositoryConfig config, RepositoryKeys keys, ChunkIndex index, FrameCache frames, Damage damage, Action<long> verified, CancellationToken cancellation)
    {
        contentHasher = new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Content, config.Domain));
        structureHasher = new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Structure, config.Domain));
        chunks = new ChunkReader(new LocalityCache(index, frames), frames);
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
            catch (Exception error) when (IsDamage(error))
            {
                var problem = damage.Add($"bundle {bundle.Id}", Describe(bundle, error));
                for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                    damage.Lose(bundle.Footer.Id(entry), problem);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        contentHasher.Dispose();
        structureHasher.Dispose();
    }

    private void CheckEntry(BundleReader bundle, int entry)
    {
        var id = bundle.Footer.Id(entry);
        try
        {
            var place = new ChunkPlace(bundle.Id, entry, bundle.Footer.ChunkLength(entry), bundle.Footer.Base(entry), bundle.Class);
            var chunk = chunks.ReadAsync(place).GetAwaiter().GetResult();
            var actual = (bundle.Class == ChunkClass.Content ? contentHasher : structureHasher).Hash(chunk.Span);
            chunk.Holder.Release();
            if (actual != id)
                throw new RepositoryException(ErrorCode.Corrupt, $"bundle {bundle.Id}: entry {entry} is chunk {actual}, footer says {id}");
        }
        catch (Exception error) when (IsDamage(error))
        {
            damage.Lose(id, damage.Add($"bundle {Culprit(bundle, entry)}", Describe(bundle, error)));
        }
    }

    // A delta also fails when its base cannot be read; then the damage is where the base is.
    private ObjectId Culprit(BundleReader bundle, int entry)
    {
        if (bundle.Footer.Base(entry) is not { } baseId)
            return bundle.Id;
        var culprit = bundle.Id;
        try
        {
            var place = chunks.Find(baseId, bundle.Class);
            culprit = place.Bundle;
            chunks.ReadAsync(place).GetAwaiter().GetResult().Holder.Release();
            return bundle.Id;
        }
        catch (Exception error) when (IsDamage(error))
        {
            return culprit;
        }
    }

    // What a disk cannot read is damage as well, and must not end the check of all the rest.
    private static bool IsDamage(Exception error) =>
        error is IOException or RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported };

    private static string Describe(BundleReader bundle, Exception error) =>
        error is IOException ? $"bundle {bundle.Id}: {error.Message}" : error.Message;
}
