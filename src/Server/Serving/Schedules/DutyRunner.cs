using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Schedules;

/// <summary>Does what is due. What comes of it is noted in the <see cref="DutyLog"/>.</summary>
/// <param name="repository">With what its server remembers.</param>
/// <param name="log">Where it is noted.</param>
/// <param name="options">How.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class DutyRunner(ServedRepository repository, DutyLog log, ScheduleOptions options)
{
    /// <summary>Who removes and looks, as records and results tell.</summary>
    public const string Actor = "schedule";

    /// <summary>Does a duty.</summary>
    /// <exception cref="RepositoryException">Whatever ends it; that is noted as well.</exception>
    public void Run(string duty, CancellationToken cancellation)
    {
        switch (duty)
        {
            case Duties.Forget:
                log.Record(duty, Actor, () => Forget(cancellation), gone => (DutyResult.Done, $"{Sizes.Count(gone, "snapshot")} removed"));
                break;
            case Duties.Prune:
                repository.Prune(dryRun: false, new TransferProgress(), cancellation);
                break;
            case Duties.Replicate:
                log.Record(duty, Actor, () => Replicate(cancellation), Describe);
                break;
            case Duties.Check:
                repository.Check(CheckRequest.Structure, new TransferProgress(), cancellation);
                break;
            default:
                repository.Check(new CheckRequest(ReadData: true, options.DataPart, options.DataTime), new TransferProgress(), cancellation);
                break;
        }
    }

    // One store that is away takes nothing from the others.
    private List<(string Store, ReplicaReport? Report, RepositoryException? Error)> Replicate(CancellationToken cancellation)
    {
        var reports = new List<(string, ReplicaReport?, RepositoryException?)>();
        foreach (var store in options.Stores)
        {
            try
            {
                reports.Add((store, repository.ReplicateTo(store, cancellation), null));
            }
            catch (RepositoryException error)
            {
                reports.Add((store, null, error));
            }
        }

        return reports;
    }

    private static (string Outcome, string Message) Describe(List<(string Store, ReplicaReport? Report, RepositoryException? Error)> stores)
    {
        // Somebody else who prunes is the least of what can be.
        if (stores.Where(store => store.Error is not null).OrderBy(store => store.Error!.Code == ErrorCode.Busy).FirstOrDefault() is { Error: { } error } failed)
            return (error.Code.Name(), $"{failed.Store}: {error.Message}");
        var reports = stores.Select(store => store.Report).OfType<ReplicaReport>().ToList();
        return reports.SelectMany(report => report.Problems).FirstOrDefault() is { } problem ? (ErrorCode.Corrupt.Name(), problem.Message) : Describe(reports);
    }

    private static (string Outcome, string Message) Describe(List<ReplicaReport> reports) => (DutyResult.Done, $"{Sizes.Bytes(reports.Sum(report => report.Bytes))} sent to {Sizes.Count(reports.Count, "store")}, {Sizes.Count(reports.Sum(report => report.Removed), "snapshot")} removed there");

    private int Forget(CancellationToken cancellation)
    {
        var gone = 0;
        foreach (var name in repository.List(error => throw error).Select(snapshot => snapshot.Name).Distinct().ToList())
        {
            cancellation.ThrowIfCancellationRequested();
            if (options.Keep.Where(rule => rule.Names.Covers(name)).MaxBy(rule => rule.Names.Text.Length) is { } rule)
                gone += repository.Forget(new ForgetRequest(name, rule.Policy, DryRun: false)).Count(decision => !decision.Keep);
        }

        return gone;
    }
}
