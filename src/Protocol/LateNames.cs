namespace StreamBack.Protocol;

/// <summary>Which names were not put for longer than they may, or than is usual. Pure.</summary>
public static class LateNames
{
    /// <summary>Times between puts that tell what is usual: the last ones, so that a job that was rearranged is soon known.</summary>
    private const int Looked = 10;

    /// <summary>Two gaps at least: what happened once is no habit.</summary>
    private const int FewestGaps = 2;

    /// <summary>So many times as long as usual is late: a job that runs once a day may take the day.</summary>
    private const int Patience = 2;

    /// <summary>Granted besides, so that what is put every minute is not late because a machine restarts.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromHours(1);

    /// <summary>Looks.</summary>
    /// <param name="snapshots">All of them; those whose source did not finish do not count, nor those of a clock that was ahead.</param>
    /// <param name="rules">What is expected; of a name without a rule what is usual is. One whole name is expected even if it was never put.</param>
    /// <param name="now">By the repository's clock.</param>
    /// <returns>Those that are late, by name.</returns>
    public static List<LateName> Find(IEnumerable<SnapshotInfo> snapshots, IReadOnlyList<LateRule> rules, DateTime now)
    {
        var names = snapshots.Where(snapshot => !snapshot.IsPartial && snapshot.Received <= now + Allowance).GroupBy(snapshot => snapshot.Name).ToDictionary(group => group.Key, group => group.Select(snapshot => snapshot.Received).Order().ToList());
        foreach (var rule in rules.Where(rule => rule.Names.IsOne && rule.Within is not null))
            names.TryAdd(rule.Names.Text, []);
        var late = new List<LateName>();
        foreach (var (name, times) in names.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            DateTime? newest = times.Count > 0 ? times[^1] : null;
            var rule = LateRule.For(name, rules);
            var within = rule is null ? Usual(times) : rule.Within;
            if (newest is null && within is not null)
                late.Add(new LateName(name, null, now));
            else if (newest is { } last && within is { } longest && now - last > longest)
                late.Add(new LateName(name, last, last + longest));
        }

        return late;
    }

    // The middle one of the last gaps: one long holiday changes nothing.
    private static TimeSpan? Usual(List<DateTime> times)
    {
        var gaps = times.Zip(times.Skip(1), (earlier, later) => later - earlier).TakeLast(Looked).Order().ToList();
        return gaps.Count < FewestGaps ? null : (Patience * gaps[gaps.Count / 2]) + Allowance;
    }
}
