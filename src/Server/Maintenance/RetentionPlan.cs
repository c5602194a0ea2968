using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Server.Maintenance;

/// <summary>What a policy says of the snapshots of one name. Pure.</summary>
internal static class RetentionPlan
{
    /// <summary>Decides.</summary>
    /// <param name="ofName">In their order, oldest first.</param>
    /// <param name="policy">What stays.</param>
    /// <param name="now">The repository's clock.</param>
    /// <returns>Newest first.</returns>
    /// <remarks>
    /// Snapshots whose source did not finish count for no rule but the last hours' or days'. The newest whole one always stays, and where
    /// there is none, the newest: a machine that went silent must not lose its last snapshot to a policy.
    /// </remarks>
    public static List<RetentionDecision> Make(IReadOnlyList<SnapshotInfo> ofName, RetentionPolicy policy, DateTime now)
    {
        var newestFirst = ofName.Reverse().ToList();
        var reasons = newestFirst.ToDictionary(snapshot => snapshot.Id, _ => new List<string>());
        var whole = newestFirst.Where(snapshot => !snapshot.IsPartial).ToList();
        foreach (var snapshot in newestFirst.Where(snapshot => snapshot.Held))
            reasons[snapshot.Id].Add("held");
        foreach (var snapshot in whole.Take(policy.Last))
            reasons[snapshot.Id].Add("last");
        Keep(policy.Hourly, "hourly", time => time.ToString("yyyy-MM-dd HH':00'", CultureInfo.InvariantCulture));
        Keep(policy.Daily, "daily", time => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Keep(policy.Weekly, "weekly", time => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time)}-W{ISOWeek.GetWeekOfYear(time):D2}"));
        Keep(policy.Monthly, "monthly", time => time.ToString("yyyy-MM", CultureInfo.InvariantCulture));
        Keep(policy.Yearly, "yearly", time => time.ToString("yyyy", CultureInfo.InvariantCulture));
        if (policy.Within is { } within)
        {
            foreach (var snapshot in newestFirst.Where(snapshot => now - snapshot.Received <= within))
                reasons[snapshot.Id].Add("within");
        }

        if ((whole.Count > 0 ? whole[0] : newestFirst.FirstOrDefault()) is { } last && reasons[last.Id].Count == 0)
            reasons[last.Id].Add("the newest");
        return [.. newestFirst.Select(snapshot => new RetentionDecision(snapshot, reasons[snapshot.Id]))];

        void Keep(int count, string rule, Func<DateTime, string> periodOf)
        {
            var last = "";
            foreach (var snapshot in whole)
            {
                var period = periodOf(snapshot.Time);
                if (count == 0 || period == last)
                    continue;
                reasons[snapshot.Id].Add($"{rule} {period}");
                last = period;
                count--;
            }
        }
    }
}
