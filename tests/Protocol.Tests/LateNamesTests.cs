namespace StreamBack.Protocol.Tests;

public sealed class LateNamesTests
{
    private static readonly DateTime Start = new(2026, 1, 1, 2, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(5, 24, false)]
    [InlineData(5, 48.5, false)]
    [InlineData(5, 49.5, true)]
    [InlineData(2, 10_000, false)] // one gap is no habit
    public void Without_a_rule_twice_what_is_usual_is_late(int puts, double hours, bool late)
    {
        var daily = Puts("a", Enumerable.Range(0, puts).Select(day => 24.0 * day));
        Assert.Equal(late, LateNames.Find(daily, [], Start.AddHours((24 * (puts - 1)) + hours)).Count == 1);
    }

    [Fact]
    public void One_long_pause_does_not_make_long_pauses_usual()
    {
        var puts = Puts("a", [0, 24, 48, 1000, 1024, 1048]);
        Assert.Equal(Start.AddHours(1048 + 49), Assert.Single(LateNames.Find(puts, [], Start.AddHours(1048 + 50))).Due);
    }

    [Fact]
    public void What_came_by_a_clock_that_was_ahead_makes_nothing_be_in_time()
    {
        var puts = Puts("a", [0, 24, 48, 9000]);
        Assert.Equal(Start.AddHours(48 + 26), Assert.Single(LateNames.Find(puts, [Rule("a", 26)], Start.AddHours(80))).Due);
        Assert.Empty(LateNames.Find(Puts("a", [0, 24, 48, 72.5]), [Rule("a", 26)], Start.AddHours(72)));
    }

    [Fact]
    public void A_rule_counts_more_than_what_is_usual_and_the_most_exact_one_most()
    {
        List<SnapshotInfo> puts = [.. Puts("web1/etc", [0, 1, 2, 3]), .. Puts("web1/db", [0, 1, 2, 3]), .. Puts("old/x", [0, 1, 2, 3]), .. Puts("web10", [0, 1, 2, 3])];
        LateRule[] rules = [Rule("web1/", 26), Rule("web1/db", 2), new(NameScope.Parse("old/"), null), Rule("web10", 5000)];
        Assert.Empty(LateNames.Find(puts, rules, Start.AddHours(4.9)));
        Assert.Equal(["web1/db"], LateNames.Find(puts, rules, Start.AddHours(5.1)).Select(late => late.Name));
        Assert.Equal(["web1/db", "web1/etc"], LateNames.Find(puts, rules, Start.AddHours(1000)).Select(late => late.Name));
    }

    [Fact]
    public void Whoever_asks_first_counts_where_two_rules_are_as_exact()
    {
        var puts = Puts("a", [0]);
        Assert.Empty(LateNames.Find(puts, [Rule("a", 9), Rule("a", 1)], Start.AddHours(5)));
        Assert.Single(LateNames.Find(puts, [Rule("a", 1), Rule("a", 9)], Start.AddHours(5)));
    }

    [Fact]
    public void A_name_that_was_never_put_is_late_if_it_is_expected_by_its_whole_name()
    {
        var late = Assert.Single(LateNames.Find([], [Rule("web1/etc", 26), Rule("web2/", 26), new(NameScope.Parse("x"), null)], Start));
        Assert.Equal(("web1/etc", null, Start), (late.Name, late.Newest, late.Due!.Value));
    }

    [Fact]
    public void What_did_not_finish_does_not_count()
    {
        List<SnapshotInfo> puts = [.. Puts("a", [0]), .. Puts("a", [10]).Select(put => put with { Marks = [SnapshotMarks.Truncated] })];
        Assert.Equal(Start, Assert.Single(LateNames.Find(puts, [Rule("a", 5)], Start.AddHours(10))).Newest);
    }

    [Theory]
    [InlineData("web1/", "web1/etc", true)]
    [InlineData("web1/", "web1", false)]
    [InlineData("web1", "web1", true)]
    [InlineData("web1", "web1/etc", false)]
    [InlineData("web1/", "web10/etc", false)]
    public void A_scope_is_a_name_or_all_below_it(string scope, string name, bool covers) => Assert.Equal(covers, NameScope.Parse(scope).Covers(name));

    private static LateRule Rule(string names, double hours) => new(NameScope.Parse(names), TimeSpan.FromHours(hours));

    private static List<SnapshotInfo> Puts(string name, IEnumerable<double> hours) => [.. hours.Select(hour => new SnapshotInfo
    {
        Id = "",
        Name = name,
        Time = Start.AddDays(-1000),
        Received = Start.AddHours(hour),
        Kind = SnapshotKinds.Raw,
        Length = 1,
    })];
}
