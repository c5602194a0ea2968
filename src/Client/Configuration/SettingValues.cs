using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Client.Configuration;

/// <summary>What settings are set to: by flags, and where there is none, by a configuration file.</summary>
internal sealed class SettingValues
{
    // The texts of each setting that is set, and what to call it when one is wrong.
    private readonly Dictionary<Setting, IReadOnlyList<(string Text, string Origin)>> values = [];

    /// <param name="settings">All that there are.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="file">The configuration file; null for none.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the file has what is no setting.</exception>
    public SettingValues(IReadOnlyList<Setting> settings, ParseResult arguments, string? file)
    {
        if (file is not null)
            ReadFile(settings, file);
        foreach (var setting in settings)
        {
            if (arguments.GetResult(setting.Flag) is { Implicit: false } given)
                values[setting] = [.. given.Tokens.Select(token => (token.Value, setting.Flag.Name))];
        }
    }

    /// <summary>A setting's text; null if it is not set.</summary>
    public string? Text(Setting setting) => values.TryGetValue(setting, out var value) ? value[^1].Text : null;

    /// <summary>A setting's texts; none if it is not set.</summary>
    public IReadOnlyList<string> Texts(Setting setting) => [.. Given(setting).Select(given => given.Text)];

    /// <summary>A whole number.</summary>
    public int Number(Setting setting, int unless) =>
        Read(setting, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null, "a whole number") ?? unless;

    /// <summary>An amount of bytes.</summary>
    public long Bytes(Setting setting, long unless) => Read(setting, Amount.Bytes, "an amount of bytes, such as 20MB or 500GiB") ?? unless;

    /// <summary>A span of time.</summary>
    public TimeSpan Time(Setting setting, TimeSpan unless) => Read(setting, Amount.Time, "a span of time, such as 90s, 15m, 12h or 7d") ?? unless;

    /// <summary>One of an enumeration's names, in any case.</summary>
    public T Choice<T>(Setting setting, T unless)
        where T : struct, Enum =>
        Read(setting, text => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text, ignoreCase: true) : (T?)null, $"one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}") ?? unless;

    /// <summary>A part, 0 to 1, written in percent.</summary>
    public double Part(Setting setting, double unless) => Read(setting, Amount.Part, "a part, such as 5%") ?? unless;

    /// <summary>What texts by key say.</summary>
    /// <param name="setting">Its flag is written <c>KEY=TEXT</c>.</param>
    /// <param name="read">Reads one; what it refuses is told with the place where it is set.</param>
    public IReadOnlyList<T> Keyed<T>(Setting setting, Func<string, string, T> read) => [.. Given(setting).Select(given =>
        given.Text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? Told(given.Origin, () => read(given.Text[..at], given.Text[(at + 1)..]))
            : throw Wrong(given, given.Text, "of the form KEY=TEXT"))];

    /// <summary>Amounts of bytes by key; a flag without a key has an empty one.</summary>
    public IReadOnlyList<(string Key, long Bytes)> KeyedBytes(Setting setting) => [.. Given(setting).Select(given =>
    {
        var at = given.Text.LastIndexOf('=');
        var amount = given.Text[(at + 1)..];
        return (given.Text[..Math.Max(0, at)], Amount.Bytes(amount) ?? throw Wrong(given, amount, "an amount of bytes, such as 20MB or 500GiB"));
    })];

    /// <summary>Says what sets a setting wrongly.</summary>
    public RepositoryException Wrong(Setting setting, string text, string wanted) => Wrong(values[setting][^1], text, wanted);

    private static RepositoryException Wrong((string Text, string Origin) given, string text, string wanted) => new(ErrorCode.Usage, $"{given.Origin}: '{text}' is not {wanted}");

    private static T Told<T>(string origin, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Usage)
        {
            throw new RepositoryException(ErrorCode.Usage, $"{origin}: {error.Message}", error);
        }
    }

    private IReadOnlyList<(string Text, string Origin)> Given(Setting setting) => values.GetValueOrDefault(setting) ?? [];

    private T? Read<T>(Setting setting, Func<string, T?> read, string wanted)
        where T : struct =>
        Text(setting) is { } text ? read(text) ?? throw Wrong(setting, text, wanted) : null;

    // A method of its own, so that nothing of YAML is loaded without a file.
    private void ReadFile(IReadOnlyList<Setting> settings, string file) => Take(settings, file, "", YamlFile.Read(file));

    private void Take(IReadOnlyList<Setting> settings, string file, string outer, YamlMap map)
    {
        foreach (var (key, value) in map.Values)
        {
            var whole = outer + key;
            var origin = $"{file}:{value.Line}: {whole}";
            if (settings.FirstOrDefault(setting => setting.Key == whole) is { } setting)
                values[setting] = Texts(setting.Shape, value, line => $"{file}:{line}: {whole}");
            else if (!settings.Any(setting => setting.Key.StartsWith(whole + '.', StringComparison.Ordinal)))
                throw new RepositoryException(ErrorCode.Usage, $"{origin}: there is no such setting");
            else if (value is YamlMap inner)
                Take(settings, file, whole + '.', inner);
            else
                throw new RepositoryException(ErrorCode.Usage, $"{origin}: here settings follow, each on a line of its own, further in");
        }
    }

    private static IReadOnlyList<(string Text, string Origin)> Texts(SettingShape shape, YamlValue value, Func<int, string> origin) => (shape, value) switch
    {
        (SettingShape.One or SettingShape.Many, YamlText text) => [One(text, origin)],
        (SettingShape.Many, YamlList list) => [.. list.Items.Select(item => One(item, origin))],
        (SettingShape.Keyed, YamlMap map) => [.. map.Values.Select(pair => One(pair.Value, origin, pair.Key + "="))],
        (SettingShape.One, _) => throw new RepositoryException(ErrorCode.Usage, $"{origin(value.Line)}: this takes one value"),
        (SettingShape.Many, _) => throw new RepositoryException(ErrorCode.Usage, $"{origin(value.Line)}: this takes a value, or a list of them"),
        _ => throw new RepositoryException(ErrorCode.Usage, $"{origin(value.Line)}: this takes lines of 'key: value'"),
    };

    private static (string Text, string Origin) One(YamlValue value, Func<int, string> origin, string key = "") => value is YamlText { Text.Length: > 0 } text
        ? (key + text.Text, origin(value.Line))
        : throw new RepositoryException(ErrorCode.Usage, $"{origin(value.Line)}: {(value is YamlText ? "there is no value" : "a single value is wanted")}");
}
