using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Notices;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Schedules;

/// <summary>Does a server's duties when they are due, and has people told of what is wrong, until it is stopped.</summary>
/// <param name="stateFolder">Whose schedule it is: of several servers that share it one does the work.</param>
/// <param name="times">When.</param>
/// <param name="runner">Does it.</param>
/// <param name="log">What was done when.</param>
/// <param name="desk">Tells people.</param>
/// <param name="logger">Told what was done.</param>
/// <remarks>
/// A duty whose time passed while nobody was there is done soon after; one that never was done waits for its first time. One duty at a
/// time; people are told meanwhile.
/// </remarks>
internal sealed partial class Scheduler(string stateFolder, DutyTimes times, DutyRunner runner, DutyLog log, NoticeDesk desk, ILogger logger)
{
    /// <summary>As fine as five fields are.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMinutes(1);

    /// <summary>How often it is looked for troubles: a failed put that is tried again at once, and goes well, is none.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    /// <summary>After a duty that did not begin, so that it is not tried without a pause.</summary>
    private readonly Dictionary<string, DateTime> tried = [];

    private DateTime started = DateTime.UtcNow;

    /// <summary>Works until it is stopped.</summary>
    /// <returns>Ends when what was under way has ended.</returns>
    public async Task Run(CancellationToken stop)
    {
        if (!times.Scheduled.Any() && !desk.HasWays)
            return;
        using var held = await WaitForTurn(stop).ConfigureAwait(false);
        if (held is not null)
            await Task.WhenAll(Every(Tick, DoDue, stop), Every(LookEvery, desk.Tell, stop)).ConfigureAwait(false);
    }

    // Null when it is stopped before its turn comes.
    private async Task<IDisposable?> WaitForTurn(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                DurableFile.CreateFolder(stateFolder);
                var file = Libc.OpenLockFile(Path.Combine(stateFolder, "schedule.lock"), create: true)!;
                if (Libc.LockFile(file, wait: false))
                    return file;
                file.Dispose();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Failed("schedule", error.Message);
            }

            await Pause(Tick, stop).ConfigureAwait(false);
        }

        return null;
    }

    private async Task Every(TimeSpan tick, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A server goes on serving whatever its schedule runs into.
                Broke(error);
            }

            await Pause(tick, stop).ConfigureAwait(false);
        }
    }

    // To the next whole one: five fields mean the minute's beginning.
    private static Task Pause(TimeSpan tick, CancellationToken stop)
    {
        var now = DateTime.UtcNow;
        var next = new DateTime(now.Ticks - (now.Ticks % tick.Ticks), DateTimeKind.Utc) + tick;
        return Task.Delay(next - now, stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private async Task DoDue(CancellationToken stop)
    {
        // One time for all, or a minute that begins meanwhile would put the later ones first.
        var now = DateTime.UtcNow;
        if (started > now)
            started = now; // by a clock that was ahead
        foreach (var duty in times.Scheduled.Where(duty => IsDue(duty, now)).ToList())
        {
            stop.ThrowIfCancellationRequested();
            tried[duty] = DateTime.UtcNow;
            await Task.Factory.StartNew(() => Do(duty, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private bool IsDue(string duty, DateTime now)
    {
        // But what a clock that was ahead has written.
        var last = log.All().FirstOrDefault(result => result.Duty == duty && result.By == DutyRunner.Actor && result.Began <= now)?.Began ?? started;
        var after = tried.TryGetValue(duty, out var time) && time > last && time <= now ? time : last;
        return times.Next(duty, after) is { } next && next <= now;
    }

    private void Do(string duty, CancellationToken stop)
    {
        try
        {
            runner.Run(duty, stop);
            if (log.Last().TryGetValue(duty, out var result))
                Did(duty, result.Outcome, result.Message);
        }
        catch (RepositoryException error)
        {
            Failed(duty, error.Message);
        }
    }

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "{Duty} {Outcome}: {Message}")]
    private partial void Did(string duty, string outcome, string message);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Duty} failed: {Problem}")]
    private partial void Failed(string duty, string problem);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "The schedule ran into what nobody expected")]
    private partial void Broke(Exception error);
}
