using System.Globalization;

namespace StreamBack.Protocol.Http;

/// <summary>Rules of <c>GET /late</c>, one for each time that the query has <see cref="Name"/>: <c>NAME=SECONDS</c>, or <c>NAME=never</c>.</summary>
public static class ExpectQuery
{
    /// <summary>What it is called in a query.</summary>
    public const string Name = "expect";

    /// <summary>A thousand years: longer is never.</summary>
    private const long MostSeconds = 1000L * 366 * 24 * 60 * 60;

    /// <summary>Writes a rule.</summary>
    public static string Write(LateRule rule) => string.Create(CultureInfo.InvariantCulture, $"{rule.Names}={(rule.Within is { } within ? $"{Math.Ceiling(within.TotalSeconds):0}" : LateRule.Never)}");

    /// <summary>Reads a rule.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static LateRule Read(string text)
    {
        if (text.Split('=') is not [var names, var time])
            throw Wrong(text);
        if (time == LateRule.Never)
            return new LateRule(NameScope.Parse(names), null);
        return long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new LateRule(NameScope.Parse(names), TimeSpan.FromSeconds(Math.Min(seconds, MostSeconds)))
            : throw Wrong(text);
    }

    private static RepositoryException Wrong(string text) => new(ErrorCode.Usage, $"'{Name}' is NAME=SECONDS or NAME={LateRule.Never}, not '{text}'");
}
