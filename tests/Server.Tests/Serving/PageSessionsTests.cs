using StreamBack.Server.Serving.Http.Page;

namespace StreamBack.Server.Tests.Serving;

/// <summary>How long it counts what a browser was given: to the second, by a clock that the test sets.</summary>
public sealed class PageSessionsTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private DateTime now = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_cookie_counts_for_twelve_hours_and_no_longer()
    {
        var sessions = new PageSessions(() => now);
        var cookie = sessions.Begin("hash");
        Pass(TimeSpan.FromHours(12) - Moment);
        Assert.Equal("hash", sessions.Find(cookie));
        Pass(Moment);
        Assert.Null(sessions.Find(cookie));
    }

    [Fact]
    public void A_cookie_counts_until_it_is_ended()
    {
        var sessions = new PageSessions(() => now);
        var (one, other) = (sessions.Begin("hash"), sessions.Begin("hash"));
        sessions.End(one);
        Assert.Equal((null, "hash", null), (sessions.Find(one), sessions.Find(other), sessions.Find("")));
    }

    [Fact]
    public void An_invitation_waits_for_ten_minutes_and_counts_once()
    {
        var sessions = new PageSessions(() => now);
        var (kept, taken, late) = (sessions.Invite("kept"), sessions.Invite("taken"), sessions.Invite("late"));
        Assert.Equal("taken", sessions.Take(taken));
        Assert.Null(sessions.Take(taken));
        Pass(TimeSpan.FromMinutes(10) - Moment);
        Assert.Equal("kept", sessions.Take(kept));
        Pass(Moment);
        Assert.Null(sessions.Take(late));
    }

    [Fact]
    public void One_browser_too_many_ends_the_one_that_came_first()
    {
        var sessions = new PageSessions(() => now);
        var first = sessions.Begin("first");
        Pass(Moment);
        var second = sessions.Begin("second");
        for (var more = 0; more < 999; more++)
            sessions.Begin("more");
        Assert.Equal((null, "second"), (sessions.Find(first), sessions.Find(second)));
    }

    [Fact]
    public void A_ticket_counts_for_a_minute_and_for_its_address()
    {
        var tickets = new Tickets(() => now);
        var address = tickets.Add("/api/v1/snapshots/etc@latest/member?path=a", "hash");
        Pass(TimeSpan.FromSeconds(60) - Moment);
        Assert.Equal("hash", tickets.Find(address));
        Assert.Null(tickets.Find(address.Replace("path=a", "path=b", StringComparison.Ordinal)));
        Assert.Null(new Tickets(() => now).Find(address));
        Pass(Moment);
        Assert.Null(tickets.Find(address));
    }

    [Fact]
    public void A_ticket_cannot_be_prolonged()
    {
        var tickets = new Tickets(() => now);
        var address = tickets.Add("/api/v1/snapshots/etc@latest", "hash");
        var until = address.Split("ticket=")[1].Split('.')[0];
        var later = $"{long.Parse(until, System.Globalization.CultureInfo.InvariantCulture) + 1}";
        Assert.Null(tickets.Find(address.Replace(until, later, StringComparison.Ordinal)));
        Assert.Equal("hash", tickets.Find(address));
    }

    private void Pass(TimeSpan time) => now += time;
}
