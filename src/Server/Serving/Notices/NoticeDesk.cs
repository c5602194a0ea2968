using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Notices;

/// <summary>Has people told of what is wrong: of each trouble once, by each way, until it is over and comes again.</summary>
/// <param name="repository">With what its server remembers.</param>
/// <param name="stateFolder">What was told is noted there: a restart tells nothing twice.</param>
/// <param name="ways">How.</param>
/// <param name="logger">Told what cannot be told.</param>
/// <remarks>Threading: one caller at a time.</remarks>
internal sealed partial class NoticeDesk(ServedRepository repository, string stateFolder, IReadOnlyList<INoticeWay> ways, ILogger logger)
{
    /// <summary>Between tries where telling fails: from a minute on twice as long each time, up to an hour, so that what is down for a night is no flood of lines.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1), LongestPause = TimeSpan.FromHours(1);

    /// <summary>Bytes of a message's hash: two messages of one duty differ in them.</summary>
    private const int DigestLength = 8;

    private readonly StateMap told = new(stateFolder, "told-notices.json");
    private readonly Dictionary<INoticeWay, (TimeSpan Pause, DateTime Until)> failing = [];

    /// <summary>Whether anybody is told.</summary>
    public bool HasWays => ways.Count > 0;

    /// <summary>Tells what is new.</summary>
    public async Task Tell(CancellationToken cancellation)
    {
        if (!HasWays)
            return;
        var troubles = Troubles(out var knowsNames);
        foreach (var way in ways)
        {
            var before = told.Read();
            var fresh = troubles.Where(trouble => before.GetValueOrDefault(Key(way, trouble)) != trouble.State).ToList();
            var over = before.Keys.Where(key => key.StartsWith($"{way.Name}: ", StringComparison.Ordinal)).Except(troubles.Select(trouble => Key(way, trouble)))
                .Where(key => knowsNames || !IsOfNames(way, key)).ToList();
            if (fresh.Count > 0 && !await TryTell(way, fresh, cancellation).ConfigureAwait(false))
                fresh.Clear();
            if (fresh.Count + over.Count == 0)
                continue;
            told.Change(all =>
            {
                over.ForEach(key => all.Remove(key));
                fresh.ForEach(trouble => all[Key(way, trouble)] = trouble.State);
            });
        }
    }

    /// <summary>All that is wrong now.</summary>
    /// <param name="knowsNames">Whether it could be found out which names are late, or whose put failed.</param>
    private List<Trouble> Troubles(out bool knowsNames)
    {
        var troubles = new List<Trouble>();
        foreach (var name in Late(troubles, out knowsNames))
        {
            if (name.Due is not null)
                troubles.Add(new Trouble(TroubleKinds.Late, name.Name, name.Newest is { } newest ? $"{name.Name} is late: it was last put at {newest:u}, and due at {name.Due:u}" : $"{name.Name} is late: it was never put", $"{name.Newest:O}"));
            if (name.Failed is { } failed)
                troubles.Add(new Trouble(TroubleKinds.FailedPut, name.Name, $"put {name.Name} failed at {failed:u}: {name.Message}", "failed"));
        }

        // Another one that prunes at the same time is no trouble.
        foreach (var (duty, result) in repository.Log.Last().Where(pair => !pair.Value.IsGood && pair.Value.Outcome != ErrorCode.Busy.Name()))
            troubles.Add(new Trouble(TroubleKinds.FailedDuty, duty, $"{duty} failed at {result.Began:u}: {result.Message}", Digest(result.Message)));
        foreach (var id in repository.Damaged.Ids)
            troubles.Add(new Trouble(TroubleKinds.Damaged, id, $"a snapshot is damaged: {repository.Damaged.Find(id)}", "damaged"));
        return troubles;
    }

    private IReadOnlyList<LateName> Late(List<Trouble> troubles, out bool isKnown)
    {
        isKnown = true;
        var damaged = new List<RepositoryException>();
        try
        {
            return repository.Late([], damaged.Add);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Denied)
        {
            return []; // there is no key here, and so there are no names
        }
        catch (RepositoryException error)
        {
            damaged.Add(error);
            isKnown = false;
            return [];
        }
        finally
        {
            if (damaged.Count > 0)
                troubles.Add(new Trouble(TroubleKinds.FailedDuty, "late", $"nobody knows for sure which names are late: {damaged[0].Message}", Digest(damaged[0].Message)));
        }
    }

    private static bool IsOfNames(INoticeWay way, string key) => new[] { TroubleKinds.Late, TroubleKinds.FailedPut }.Any(kind => key.StartsWith($"{way.Name}: {kind} ", StringComparison.Ordinal));

    private static string Key(INoticeWay way, Trouble trouble) => $"{way.Name}: {trouble.Kind} {trouble.About}";

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, DigestLength));

    private async Task<bool> TryTell(INoticeWay way, List<Trouble> troubles, CancellationToken cancellation)
    {
        if (failing.TryGetValue(way, out var last) && DateTime.UtcNow < last.Until)
            return false;
        try
        {
            await way.Tell(new Notice(repository.Id.ToString(), Environment.MachineName, troubles), cancellation).ConfigureAwait(false);
            failing.Remove(way);
            Told(troubles.Count, way.Name);
            return true;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // Whatever a way runs into, the others are told by theirs.
            var pause = last.Pause == default ? FirstPause : 2 * last.Pause;
            pause = pause < LongestPause ? pause : LongestPause;
            failing[way] = (pause, DateTime.UtcNow + pause);
            Failed(way.Name, error.Message);
            return false;
        }
    }

    [LoggerMessage(EventId = 13, Level = LogLevel.Information, Message = "{Troubles} told by {Way}")]
    private partial void Told(int troubles, string way);

    [LoggerMessage(EventId = 14, Level = LogLevel.Warning, Message = "Nobody is told by {Way}: {Problem}")]
    private partial void Failed(string way, string problem);
}
