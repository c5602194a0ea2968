using StreamBack.Protocol;
using StreamBack.Server.Maintenance;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>What a policy keeps, of snapshots that are told as days and hours.</summary>
public class RetentionPlanTests
{
    private static readonly DateTime Now = new(2026, 11, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Each_rule_keeps_the_newest_of_each_of_its_periods()
    {
        // Twice a day, for two years.
        var all = Every(TimeSpan.FromHours(12), 1460);
        var decisions = Plan(all, new RetentionPolicy(Last: 3, Daily: 4, Weekly: 3, Monthly: 4, Yearly: 5));
        Assert.Equal(
            [
                "2026-11-28T12 last, daily 2026-11-28, weekly 2026-W48, monthly 2026-11, yearly 2026",
                "2026-11-28T00 last",
                "2026-11-27T12 last, daily 2026-11-27",
                "2026-11-26T12 daily 2026-11-26",
                "2026-11-25T12 daily 2026-11-25",
                "2026-11-22T12 weekly 2026-W47",
                "2026-11-15T12 weekly 2026-W46",
                "2026-10-31T12 monthly 2026-10",
                "2026-09-30T12 monthly 2026-09",
                "2026-08-31T12 monthly 2026-08",
                "2025-12-31T12 yearly 2025",
                "2024-12-31T12 yearly 2024",
            ],
            Kept(decisions));
        Assert.Equal(all.Count, decisions.Count);
    }

    [Fact]
    public void Hours_and_spans_count_too()
    {
        var all = Every(TimeSpan.FromMinutes(20), 20);
        Assert.Equal(
            ["2026-11-28T12 hourly 2026-11-28 12:00, within", "2026-11-28T11 hourly 2026-11-28 11:00, within", "2026-11-28T11 within"],
            Kept(Plan(all, new RetentionPolicy(Hourly: 2, Within: TimeSpan.FromMinutes(45)))));
    }

    [Fact]
    public void A_span_counts_from_when_the_repository_took_it_and_the_rest_by_when_it_was_taken()
    {
        var imported = One(1, Now.AddYears(-3)) with { Received = Now.AddDays(-1) };
        var old = One(2, Now.AddDays(-40));
        var decisions = Plan([imported, old, One(3, Now)], new RetentionPolicy(Yearly: 9, Within: TimeSpan.FromDays(2)));
        Assert.Equal(["2026-11-28T12 yearly 2026, within", "2023-11-28T12 yearly 2023, within"], Kept(decisions));
    }

    [Fact]
    public void What_did_not_finish_counts_for_no_rule_and_takes_no_other_ones_place()
    {
        var cut = One(3, Now) with { Marks = [SnapshotMarks.Truncated] };
        Assert.Equal(["2026-11-27T12 last, daily 2026-11-27"], Kept(Plan([One(1, Now.AddDays(-2)), One(2, Now.AddDays(-1)), cut], new RetentionPolicy(Last: 1, Daily: 1))));
        Assert.Equal(["2026-11-28T12 the newest"], Kept(Plan([cut with { Id = TestBytes.Object(9).ToString(), Time = Now.AddDays(-1) }, cut], new RetentionPolicy(Last: 5))));
    }

    [Fact]
    public void What_is_held_stays_and_so_does_the_last_of_a_machine_that_went_silent()
    {
        var held = One(1, Now.AddYears(-2)) with { Held = true };
        Assert.Equal(
            ["2025-11-28T12 the newest", "2024-11-28T12 held"],
            Kept(Plan([held, One(2, Now.AddYears(-1).AddDays(-1)), One(3, Now.AddYears(-1))], new RetentionPolicy(Within: TimeSpan.FromDays(30)))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_policy_that_keeps_nothing_is_none(int count) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(new RetentionPolicy(Daily: count).EnsureSensible).Code);

    [Fact]
    public void More_is_never_kept_by_less_and_forgetting_twice_is_forgetting_once()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var all = Enumerable.Range(0, random.Next(40)).Select(number => One(number, Now.AddHours(-random.Next(20_000)))).OrderBy(snapshot => snapshot.Time).ThenBy(snapshot => snapshot.Id, StringComparer.Ordinal).ToList();
            var policy = new RetentionPolicy(random.Next(5), Daily: random.Next(8), Monthly: 1 + random.Next(4));
            var kept = Plan(all, policy).Where(decision => decision.Keep).Select(decision => decision.Snapshot).ToList();
            var more = Plan(all, policy with { Daily = policy.Daily + 1 }).Where(decision => decision.Keep).Select(decision => decision.Snapshot.Id).ToHashSet();
            Assert.All(kept, snapshot => Assert.Contains(snapshot.Id, more));
            kept.Reverse();
            Assert.All(Plan(kept, policy), decision => Assert.True(decision.Keep));
        }
    }

    private static List<SnapshotInfo> Every(TimeSpan gap, int count) => [.. Enumerable.Range(0, count).Select(number => One(number, Now - ((count - 1 - number) * gap)))];

    private static List<RetentionDecision> Plan(IReadOnlyList<SnapshotInfo> all, RetentionPolicy policy) => RetentionPlan.Make(all, policy, Now);

    private static List<string> Kept(IEnumerable<RetentionDecision> decisions) =>
        [.. decisions.Where(decision => decision.Keep).Select(decision => $"{decision.Snapshot.Time:yyyy-MM-dd'T'HH} {string.Join(", ", decision.Reasons)}")];

    private static SnapshotInfo One(int number, DateTime time) =>
        new() { Id = TestBytes.Object(number).ToString(), Name = "web1/etc", Time = time, Received = time, Kind = SnapshotKinds.Raw, Length = 1 };
}
