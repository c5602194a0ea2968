namespace StreamBack.Client.Configuration;

/// <summary>A value of a configuration file, and the line where it begins.</summary>
internal abstract record YamlValue(int Line);

/// <summary>A text: numbers and dates are texts until somebody wants one.</summary>
internal sealed record YamlText(string Text, int Line) : YamlValue(Line);

/// <summary>Values one after another.</summary>
internal sealed record YamlList(IReadOnlyList<YamlValue> Items, int Line) : YamlValue(Line);

/// <summary>Values by key, each key once.</summary>
internal sealed record YamlMap(IReadOnlyDictionary<string, YamlValue> Values, int Line) : YamlValue(Line);
