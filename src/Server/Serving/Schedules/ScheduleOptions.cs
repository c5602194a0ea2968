using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Schedules;

/// <summary>What some names keep.</summary>
/// <param name="Names">Which; of several rules that cover a name the one that says most exactly which holds.</param>
/// <param name="Policy">What stays.</param>
public sealed record KeepRule(NameScope Names, RetentionPolicy Policy);

/// <summary>What a server does by itself, and when (docs/design/service.md).</summary>
public sealed record ScheduleOptions
{
    /// <summary>Nothing.</summary>
    public static ScheduleOptions None { get; } = new();

    /// <summary>When each of <see cref="Duties"/> is done: five fields, as of cron, in the machine's time zone.</summary>
    public IReadOnlyDictionary<string, string> Times { get; init; } = new Dictionary<string, string>();

    /// <summary>What is kept; names without a rule keep everything.</summary>
    public IReadOnlyList<KeepRule> Keep { get; init; } = [];

    /// <summary>Folders that hold copies.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>Which part of the data each check of it reads, 0 to 1: all of it in twenty, one a night.</summary>
    public double DataPart { get; init; } = 0.05;

    /// <summary>No more bundles are begun after this time; null for no bound.</summary>
    public TimeSpan? DataTime { get; init; }

    /// <summary>One of <see cref="Times"/>, as it is written.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static (string Duty, string Text) Time(string duty, string text)
    {
        _ = new DutyTimes(new Dictionary<string, string> { [duty] = text }, TimeZoneInfo.Local);
        return (duty, text);
    }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    internal void EnsureSensible()
    {
        _ = new DutyTimes(Times, TimeZoneInfo.Local);
        if (Times.ContainsKey(Duties.Forget) && Keep.Count == 0)
            throw new RepositoryException(ErrorCode.Usage, "schedule: forget needs to be told what stays: keep, such as 'web1/: daily 7, weekly 5'");
        if (Times.ContainsKey(Duties.Replicate) && Stores.Count == 0)
            throw new RepositoryException(ErrorCode.Usage, "schedule: replicate needs to be told where to: stores, folders that hold copies");
        foreach (var rule in Keep)
            rule.Policy.EnsureSensible();
        new CheckRequest(ReadData: true, DataPart, DataTime).EnsureSensible();
    }
}
