using StreamBack.Client.Connections;
using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>Delivers streams of a spool to one repository, each taken away only after its acknowledgement.</summary>
/// <param name="folder">The spool, locked.</param>
/// <param name="repository">Where they go.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
internal sealed class SpoolDelivery(SpoolFolder folder, IRepositoryService repository, Action<string> notice)
{
    /// <summary>How far a server's clock may be from this machine's, for a snapshot to be the one that was not acknowledged.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromMinutes(10);

    // A snapshot vouches for one stream only.
    private readonly HashSet<string> accountedFor = [];
    private bool toldOfTime;

    /// <summary>Delivers a stream, unless it has been.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Ends it; the stream stays.</param>
    /// <param name="wasThere">Whether it had been delivered before, without an answer.</param>
    /// <returns>The snapshot.</returns>
    /// <exception cref="RepositoryException">The stream stays in the spool.</exception>
    public SnapshotInfo Run(SpoolEntry entry, TransferProgress progress, CancellationToken cancellation, out bool wasThere)
    {
        using var source = new SpooledSource(folder, entry);
        source.Verify(cancellation);
        var snapshot = FindDelivered(entry);
        wasThere = snapshot is not null;
        snapshot ??= Put(entry, source, progress, cancellation);
        accountedFor.Add(snapshot.Id);
        folder.Delete(entry.Id);
        return snapshot;
    }

    private SnapshotInfo Put(SpoolEntry entry, SpooledSource source, TransferProgress progress, CancellationToken cancellation)
    {
        var began = DateTime.UtcNow;
        var sayWhen = MaySayWhen();
        folder.Write(entry with { Attempts = [.. entry.Attempts, new SpoolAttempt(began, Ended: null)] });
        try
        {
            return repository.Put(entry.ToRequest(sayWhen), source, progress, cancellation);
        }
        catch (Exception error) when (error is RepositoryException or OperationCanceledException)
        {
            // What was not sent whole cannot be there; of the rest it is known until when it may have come there.
            folder.Write(source.WasGivenWhole ? entry with { Attempts = [.. entry.Attempts, new SpoolAttempt(began, DateTime.UtcNow)] } : entry);
            throw;
        }
    }

    private bool MaySayWhen()
    {
        if (repository.Access.Capabilities.HasFlag(Capabilities.Maintain))
            return true;
        if (!toldOfTime)
            notice("This token may not say when a stream was taken: snapshots get the time of their delivery");
        toldOfTime = true;
        return false;
    }

    private SnapshotInfo? FindDelivered(SpoolEntry entry)
    {
        if (entry.Attempts.Count == 0 || !repository.Access.Capabilities.HasFlag(Capabilities.List) || !repository.Access.Covers(entry.Name))
            return null;
        return repository.List(_ => { })
            .Where(snapshot => snapshot.Name == entry.Name && snapshot.Length == entry.Length && !accountedFor.Contains(snapshot.Id))
            .Reverse()
            .FirstOrDefault(snapshot => entry.Attempts.Any(attempt => IsOf(attempt, snapshot, entry)));
    }

    // Another stream of this name may be as long, such as the image of a disk: where the hash is not shown, the time must fit as well.
    private bool IsOf(SpoolAttempt attempt, SnapshotInfo snapshot, SpoolEntry entry)
    {
        if (snapshot.Received < attempt.Began - ClockError || snapshot.Received > (attempt.Ended ?? DateTime.UtcNow) + ClockError)
            return false;
        var sha256 = repository.Find(SnapshotSelector.Parse($"{snapshot.Name}@{snapshot.Id}")).Sha256;
        return sha256 is null ? attempt.Ended is not null : sha256 == entry.Sha256;
    }
}
