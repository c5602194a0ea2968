using System.Globalization;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Schedules;

namespace StreamBack.Client.Configuration;

/// <summary>Rules about names as people write them: <c>web1/: daily 7, weekly 5, within 30d</c>; <c>web1/: 26h</c>.</summary>
internal static class RuleText
{
    /// <summary>Reads what is kept; null if it is no such text.</summary>
    public static RetentionPolicy? Policy(string text)
    {
        RetentionPolicy? policy = new();
        foreach (var rule in text.Split(',', StringSplitOptions.TrimEntries))
            policy = policy is not null && rule.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var word, var amount] ? With(policy, word, amount) : null;
        return policy;
    }

    /// <summary>Reads a rule that is written <c>NAMES=POLICY</c>.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static KeepRule Keep(string names, string text) => Policy(text) is { } policy
        ? new KeepRule(NameScope.Parse(names), policy)
        : throw new RepositoryException(ErrorCode.Usage, $"{names}: '{text}' is nothing such as 'last 3, daily 7, weekly 5, within 30d' (last, hourly, daily, weekly, monthly, yearly, within)");

    /// <summary>Reads how long names may go without a put.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static LateRule Late(string names, string text)
    {
        if (text == LateRule.Never)
            return new LateRule(NameScope.Parse(names), null);
        return Amount.Time(text) is { } within
            ? new LateRule(NameScope.Parse(names), within)
            : throw new RepositoryException(ErrorCode.Usage, $"{names}: '{text}' is no span such as 26h or 8d, nor '{LateRule.Never}'");
    }

    private static RetentionPolicy? With(RetentionPolicy policy, string word, string amount)
    {
        if (word == "within")
            return Amount.Time(amount) is { } within ? policy with { Within = within } : null;
        if (!int.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        return word switch
        {
            "last" => policy with { Last = count },
            "hourly" => policy with { Hourly = count },
            "daily" => policy with { Daily = count },
            "weekly" => policy with { Weekly = count },
            "monthly" => policy with { Monthly = count },
            "yearly" => policy with { Yearly = count },
            _ => null,
        };
    }
}
