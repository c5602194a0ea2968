using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamBack.Client.Tests.Harness;

/// <summary>One value of the Prometheus text format, version 0.0.4.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">The value.</param>
/// <param name="Type">What its TYPE line says.</param>
internal sealed partial record Metric(string Name, IReadOnlyDictionary<string, string> Labels, double Value, string Type)
{
    /// <summary>Reads a text, strictly: every metric has its help and type before it, once, and all its values together.</summary>
    public static List<Metric> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var metrics = new List<Metric>();
        var (helped, type, seen) = ("", ("", ""), new HashSet<string>());
        foreach (var line in text.Split('\n')[..^1])
        {
            if (Help().Match(line) is { Success: true } help)
            {
                helped = help.Groups["name"].Value;
                Assert.True(seen.Add(helped), $"{helped} comes twice");
            }
            else if (TypeLine().Match(line) is { Success: true } kind)
            {
                type = (kind.Groups["name"].Value, kind.Groups["type"].Value);
                Assert.Equal(helped, type.Item1);
            }
            else
            {
                metrics.Add(ParseValue(line, type));
            }
        }

        return metrics;
    }

    /// <summary>The value with a label, or the only one.</summary>
    public static double Of(IEnumerable<Metric> metrics, string name, string? label = null, string? value = null) =>
        metrics.Single(metric => metric.Name == name && (label is null || metric.Labels[label] == value)).Value;

    private static Metric ParseValue(string line, (string Name, string Type) type)
    {
        var match = ValueLine().Match(line);
        Assert.True(match.Success, $"no value: {line}");
        Assert.Equal(type.Name, match.Groups["name"].Value);
        Assert.Equal(type.Type == "counter", type.Name.EndsWith("_total", StringComparison.Ordinal));
        var labels = LabelPair().Matches(match.Groups["labels"].Value).ToDictionary(pair => pair.Groups["name"].Value, pair => pair.Groups["value"].Value);
        return new Metric(type.Name, labels, double.Parse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture), type.Type);
    }

    [GeneratedRegex("^# HELP (?<name>[a-z_]+) .+$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) (?<type>counter|gauge)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-z_]+)(\{(?<labels>[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*)\})? (?<value>[-+0-9.E]+)$""")]
    private static partial Regex ValueLine();

    [GeneratedRegex("""(?<name>[a-z_]+)="(?<value>([^"\\]|\\.)*)"(,|$)""")]
    private static partial Regex LabelPair();
}
