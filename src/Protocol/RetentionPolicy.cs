namespace StreamBack.Protocol;

/// <summary>Which snapshots of a name stay. Each rule keeps what it keeps; a snapshot that none keeps goes.</summary>
/// <param name="Last">So many of the newest.</param>
/// <param name="Hourly">The newest of each hour, of so many hours that have one; as the following of days, ISO weeks, months, years. UTC.</param>
/// <param name="Within">All that the repository took no longer ago than this, by its clock.</param>
public sealed record RetentionPolicy(
    int Last = 0, int Hourly = 0, int Daily = 0, int Weekly = 0, int Monthly = 0, int Yearly = 0, TimeSpan? Within = null)
{
    /// <summary>Refuses a policy that keeps nothing, or less than that.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public void EnsureSensible()
    {
        if (new[] { Last, Hourly, Daily, Weekly, Monthly, Yearly }.Min() < 0 || Within < TimeSpan.Zero)
            throw new RepositoryException(ErrorCode.Usage, "Less than none cannot be kept");
        if (this == new RetentionPolicy())
            throw new RepositoryException(ErrorCode.Usage, "Say what to keep: --keep-last, --keep-daily, --keep-within …");
    }
}

/// <summary>What is to be forgotten.</summary>
/// <param name="Name">Of this name, or, ending in a slash, of each name below it.</param>
/// <param name="Policy">What stays.</param>
/// <param name="DryRun">Whether it is only told.</param>
public sealed record ForgetRequest(string Name, RetentionPolicy Policy, bool DryRun)
{
    /// <summary>Whether snapshots of a name are looked at.</summary>
    public bool Covers(string name) => new NameScope(Name).Covers(name);

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public void EnsureSensible()
    {
        NameScope.Parse(Name);
        Policy.EnsureSensible();
    }
}

/// <summary>What a policy says of a snapshot.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Reasons">Why it stays; empty if it goes.</param>
public sealed record RetentionDecision(SnapshotInfo Snapshot, IReadOnlyList<string> Reasons)
{
    /// <summary>Whether it stays.</summary>
    public bool Keep => Reasons.Count > 0;
}
