using StreamBack.Protocol;
using StreamBack.Server.Serving.Schedules;

namespace StreamBack.Server.Tests.Serving;

public sealed class DutyTimesTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("30 3 * * *", "2026-11-20T03:00Z", "2026-11-20T03:30Z")]
    [InlineData("30 3 * * *", "2026-11-20T03:30Z", "2026-11-21T03:30Z")]
    [InlineData("0 0 1 */3 *", "2026-11-20T03:00Z", "2027-01-01T00:00Z")]
    [InlineData("15 4 * * SUN", "2026-11-20T03:00Z", "2026-11-22T04:15Z")]
    [InlineData("*/20 * * * *", "2026-11-20T03:41Z", "2026-11-20T04:00Z")]
    public void Five_fields_are_those_of_cron(string times, string after, string next) => Assert.Equal(UtcTime.Parse(next), Times(times, TimeZoneInfo.Utc).Next(Duties.Check, UtcTime.Parse(after)!.Value));

    [Theory]
    [InlineData("30 3 * * *", "2026-07-01T00:00Z", "2026-07-01T01:30Z")]
    [InlineData("30 3 * * *", "2026-12-01T00:00Z", "2026-12-01T02:30Z")]
    [InlineData("30 2 * * *", "2026-03-28T12:00Z", "2026-03-29T01:00Z")] // there is no 2:30 that night: right after it
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z")] // there are two
    [InlineData("30 2 * * *", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    public void They_are_the_machines_hours(string times, string after, string next) => Assert.Equal(UtcTime.Parse(next), Times(times, Berlin).Next(Duties.Check, UtcTime.Parse(after)!.Value));

    [Theory]
    [InlineData("check", "30 3 * *")]
    [InlineData("check", "61 3 * * *")]
    [InlineData("check", "")]
    [InlineData("check", "0 30 3 * * *")]
    [InlineData("checks", "30 3 * * *")]
    public void What_is_none_is_refused(string duty, string times)
    {
        var error = Assert.Throws<RepositoryException>(() => new DutyTimes(new Dictionary<string, string> { [duty] = times }, TimeZoneInfo.Utc));
        Assert.Equal(ErrorCode.Usage, error.Code);
        Assert.Contains(duty, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forget_needs_to_know_what_stays()
    {
        var options = new ScheduleOptions { Times = new Dictionary<string, string> { [Duties.Forget] = "0 4 * * *" } };
        Assert.Contains("keep", Assert.Throws<RepositoryException>(options.EnsureSensible).Message, StringComparison.Ordinal);
        (options with { Keep = [new KeepRule(NameScope.Parse("web1/"), new RetentionPolicy(Daily: 7))] }).EnsureSensible();
        Assert.Throws<RepositoryException>((options with { Keep = [new KeepRule(NameScope.Parse("web1/"), new RetentionPolicy())] }).EnsureSensible);
    }

    private static DutyTimes Times(string check, TimeZoneInfo zone) => new(new Dictionary<string, string> { [Duties.Check] = check }, zone);
}
