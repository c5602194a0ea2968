using System.Globalization;

namespace StreamBack.Protocol;

/// <summary>
/// <c>NAME[@WHICH]</c>: one snapshot of a name. WHICH is <c>latest</c> (the default), <c>-2</c> (the one before it) and
/// so on, six or more digits of an id, or a UTC time or its beginning.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Which">The selector's text, as given.</param>
public sealed record SnapshotSelector(SnapshotName Name, string Which)
{
    /// <summary>The default.</summary>
    public const string Latest = "latest";

    private static readonly string[] TimeFormats =
    [
        "yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-dd'T'HH", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss",
        "yyyy-MM-dd'T'HH:mm:ss.f", "yyyy-MM-dd'T'HH:mm:ss.ff", "yyyy-MM-dd'T'HH:mm:ss.fff", "yyyy-MM-dd'T'HH:mm:ss.ffff",
        "yyyy-MM-dd'T'HH:mm:ss.fffff", "yyyy-MM-dd'T'HH:mm:ss.ffffff",
    ];

    /// <summary>Reads a selector.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static SnapshotSelector Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at == 0)
            throw new RepositoryException(ErrorCode.Usage, $"'{text}' has no name before the @, as in web1/etc{text}");
        var selector = at < 0
            ? new SnapshotSelector(SnapshotName.Parse(text), Latest)
            : new SnapshotSelector(SnapshotName.Parse(text[..at]), text[(at + 1)..]);
        if (selector.Which != Latest && selector.Back is null && selector.IdPrefix is null && selector.EndOfTime is null)
            throw new RepositoryException(ErrorCode.Usage, $"'@{selector.Which}' selects nothing: give latest, -1, -2 …, six or more digits of an id, or a UTC time such as 2026-11-20T12:00Z");
        return selector;
    }

    /// <summary>Reads a selector, if it is one.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SnapshotSelector? selector)
    {
        try
        {
            selector = Parse(text);
            return true;
        }
        catch (RepositoryException)
        {
            selector = null;
            return false;
        }
    }

    /// <summary>Whether it means one snapshot for ever, and not whichever is the newest.</summary>
    public bool IsId => IdPrefix is not null;

    /// <summary>Chooses among the snapshots of the name.</summary>
    /// <param name="snapshots">In their order, oldest first.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>, or <see cref="ErrorCode.Usage"/> if an id's digits fit several.
    /// </exception>
    public SnapshotInfo Choose(IReadOnlyList<SnapshotInfo> snapshots)
    {
        if (snapshots.Count == 0)
            throw new RepositoryException(ErrorCode.NotFound, $"No snapshot has the name '{Name}'");
        if (IdPrefix is { } prefix)
            return ChooseById(snapshots, prefix);
        var whole = snapshots.Where(snapshot => !snapshot.IsPartial).ToList();
        if (EndOfTime is { } end)
            return snapshots.LastOrDefault(snapshot => snapshot.Time < end) ?? throw NotFound($"none is as old as {Which}");

        // A partial snapshot counts only where there is no other.
        var counted = whole.Count > 0 ? whole : [.. snapshots];
        var back = Back ?? 1;
        return back <= counted.Count ? counted[^back] : throw NotFound($"the name has {counted.Count}");
    }

    private int? Back =>
        Which.Length > 1 && Which[0] == '-' && int.TryParse(Which.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var back) && back > 0
            ? back
            : null;

    private string? IdPrefix =>
        Which.Length is >= ObjectId.ShortDigits and <= 2 * ObjectId.Size && Which.All(char.IsAsciiHexDigit) ? Which.ToLowerInvariant() : null;

    /// <summary>The first moment after what the text names: 2026-11 names the whole month.</summary>
    private DateTime? EndOfTime
    {
        get
        {
            var text = Which.TrimEnd('Z');
            if (!DateTime.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var start))
                return null;
            if (start.Year == DateTime.MaxValue.Year)
                return DateTime.MaxValue; // what would come after it is no time
            return text.Length switch
            {
                4 => start.AddYears(1),
                7 => start.AddMonths(1),
                10 => start.AddDays(1),
                13 => start.AddHours(1),
                16 => start.AddMinutes(1),
                19 => start.AddSeconds(1),
                _ => start.AddTicks((long)(TimeSpan.TicksPerSecond / Math.Pow(10, text.Length - 20))),
            };
        }
    }

    private SnapshotInfo ChooseById(IReadOnlyList<SnapshotInfo> snapshots, string prefix)
    {
        var found = snapshots.Where(snapshot => snapshot.Id.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return found.Count switch
        {
            0 => throw NotFound($"none has an id that begins with {prefix}"),
            1 => found[0],
            _ => throw new RepositoryException(ErrorCode.Usage, $"{found.Count} snapshots of '{Name}' have ids that begin with {prefix}"),
        };
    }

    private RepositoryException NotFound(string why) => new(ErrorCode.NotFound, $"No snapshot '{Name}@{Which}': {why}");
}
