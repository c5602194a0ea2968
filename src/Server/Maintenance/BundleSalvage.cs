using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Writes what is sound in a damaged bundle, of which there is no right copy, into a new one; then the damaged one goes to quarantine.</summary>
/// <param name="repository">With a key that opens the bundle; otherwise nothing is touched.</param>
/// <param name="session">Whose files they are.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class BundleSalvage(OpenRepository repository, ISessionLock session, Action<string> notice, CancellationToken cancellation)
{
    /// <summary>Opened frames that are kept, about 1 MiB each: deltas need those of their bases.</summary>
    private const int CachedFrames = 48;

    /// <summary>Salvages.</summary>
    /// <returns>Chunks that were sound, and all of them; null if it cannot be told which are.</returns>
    public (int Sound, int All)? Run(ObjectId id)
    {
        using var frames = new FrameCache(repository.Store, repository.Keys, CachedFrames);
        using var index = ChunkIndex.Open(repository.Store, repository.Keys, session, notice);
        if (TryOpen(frames, id) is not { } bundle)
        {
            // Without its footer nobody knows what is where.
            repository.Store.Quarantine(FileKind.Bundle, id);
            return (0, 0);
        }

        if (bundle.Class == ChunkClass.Content && !repository.Keys.OpensContent)
            return null;
        var damage = new Damage();
        using (var check = new ChunkCheck(repository.Keys, index, frames, damage, _ => { }, cancellation))
            check.Check(bundle);
        var sound = Enumerable.Range(0, bundle.Footer.Count).Count(entry => damage.ProblemOf(bundle.Footer.Id(entry), id) is null);
        if (sound > 0)
            Copy(bundle, index, frames, damage);
        repository.Store.Quarantine(FileKind.Bundle, id);
        return (sound, bundle.Footer.Count);
    }

    private static BundleReader? TryOpen(FrameCache frames, ObjectId id)
    {
        try
        {
            return frames.TryBundle(id);
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            return null;
        }
    }

    private void Copy(BundleReader bundle, ChunkIndex index, FrameCache frames, Damage damage)
    {
        var rewriter = new ChunkRewriter(repository, session, frames, (_, entry) => damage.ProblemOf(bundle.Footer.Id(entry), bundle.Id) is null);
        rewriter.Rewrite([bundle], [], written => index.Add(written.Id, bundle.Class, written.Entries, session), cancellation);
        index.Flush(session);
    }
}
