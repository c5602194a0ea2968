using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving;

/// <summary>What came of checks, prunes and policies, in the state folder: the last ones.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class DutyLog(string stateFolder)
{
    /// <summary>Of each duty: a year of one each night.</summary>
    private const int MaxResults = 400;

    // By when it began, so that they are in order.
    private readonly StateMap results = new(stateFolder, "duties.json");

    /// <summary>All of them, newest first.</summary>
    public IReadOnlyList<DutyResult> All() => [.. results.Read().OrderByDescending(pair => pair.Key, StringComparer.Ordinal).Select(pair => Parse(pair.Value)).OfType<DutyResult>()];

    /// <summary>The last result of each duty of which there is one.</summary>
    /// <remarks>One of a clock that was ahead counts only until there is another.</remarks>
    public IReadOnlyDictionary<string, DutyResult> Last()
    {
        var now = DateTime.UtcNow;
        return All().GroupBy(result => result.Duty).ToDictionary(group => group.Key, group => group.FirstOrDefault(result => result.Began <= now) ?? group.First());
    }

    /// <summary>Does something, and notes what comes of it. What is cut short is as if it had not been begun.</summary>
    /// <param name="duty">One of <see cref="Duties"/>.</param>
    /// <param name="by">Who has it done.</param>
    /// <param name="work">Does it.</param>
    /// <param name="tell">Its outcome, and what it did or found.</param>
    public T Record<T>(string duty, string by, Func<T> work, Func<T, (string Outcome, string Message)> tell)
    {
        var (began, clock) = (DateTime.UtcNow, Stopwatch.StartNew());
        try
        {
            var result = work();
            var (outcome, message) = tell(result);
            Add(new DutyResult(duty, began, clock.Elapsed.TotalSeconds, by, outcome, message));
            return result;
        }
        catch (RepositoryException error)
        {
            Add(new DutyResult(duty, began, clock.Elapsed.TotalSeconds, by, error.Code.Name(), error.Message));
            throw;
        }
    }

    private static DutyResult? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProtocolJson.Default.DutyResult);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Add(DutyResult result) => results.Change(all =>
    {
        all[string.Create(CultureInfo.InvariantCulture, $"{result.Began:O} {result.Duty}")] = JsonSerializer.Serialize(result, ProtocolJson.Default.DutyResult);
        var own = all.Keys.Where(key => key.EndsWith($" {result.Duty}", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        foreach (var old in own.SkipLast(MaxResults))
            all.Remove(old);
    });
}
