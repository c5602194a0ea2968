using System.Globalization;
using System.Text;

namespace StreamBack.Server.Serving.Metrics;

/// <summary>Writes the text format of Prometheus, version 0.0.4: help and type before a metric's first value.</summary>
/// <remarks>Values of one metric come one after another. Threading: one thread.</remarks>
internal sealed class MetricsText
{
    /// <summary>The media type.</summary>
    public const string Type = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();
    private string last = "";

    /// <summary>Adds a value that only grows.</summary>
    /// <param name="name">Ends in <c>_total</c>.</param>
    public void Counter(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        Add(name, "counter", help, value, labels);

    /// <summary>Adds a value that goes up and down.</summary>
    public void Gauge(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        Add(name, "gauge", help, value, labels);

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private void Add(string name, string type, string help, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (name != last)
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        last = name;
        text.Append(name);
        for (var number = 0; number < labels.Length; number++)
            text.Append(CultureInfo.InvariantCulture, $"{(number == 0 ? '{' : ',')}{labels[number].Name}=\"{Escape(labels[number].Value)}\"");
        text.Append(CultureInfo.InvariantCulture, $"{(labels.Length > 0 ? "}" : "")} {value:R}\n");
    }

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
