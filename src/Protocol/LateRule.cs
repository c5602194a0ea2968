namespace StreamBack.Protocol;

/// <summary>How long some names may go without a put.</summary>
/// <param name="Names">Which.</param>
/// <param name="Within">From one put to the next; null for as long as it may be: they are never late.</param>
public sealed record LateRule(NameScope Names, TimeSpan? Within)
{
    /// <summary>The word for a rule without a bound.</summary>
    public const string Never = "never";

    /// <summary>The rule for a name: the one that says most exactly which names it means, of several the first; null if there is none.</summary>
    public static LateRule? For(string name, IEnumerable<LateRule> rules) => rules.Where(rule => rule.Names.Covers(name)).MaxBy(rule => rule.Names.Text.Length);
}
