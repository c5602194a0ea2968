using StreamBack.Protocol;

namespace StreamBack.Client.Configuration;

/// <summary>A map of a configuration file, of which only certain keys are taken.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="prefix">What keys of it begin with in messages: those of the maps that it is in.</param>
/// <param name="map">The map.</param>
internal sealed class YamlSection(string file, string prefix, YamlMap map)
{
    /// <summary>The whole of a file.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, naming file, line and key.</exception>
    public static YamlSection Read(string file) => new(file, "", YamlFile.Read(file));

    /// <summary>Its keys, in the order of the file.</summary>
    public IEnumerable<string> Keys => map.Values.Keys;

    /// <summary>Refuses every other key.</summary>
    public void AllowOnly(params string[] keys)
    {
        foreach (var key in Keys.Where(key => !keys.Contains(key)))
            throw Wrong(key, $"is unknown; there are {string.Join(", ", keys)}");
    }

    /// <summary>A value that is text; null if the key is not there.</summary>
    public string? Text(string key) => map.Values.GetValueOrDefault(key) switch
    {
        null => null,
        YamlText { Text: { Length: > 0 } text } => text,
        YamlText => throw Wrong(key, "has no value"),
        _ => throw Wrong(key, "is one value, no list and no mapping"),
    };

    /// <summary>A value that is a map; null if the key is not there.</summary>
    public YamlSection? Section(string key) => map.Values.GetValueOrDefault(key) switch
    {
        null => null,
        YamlMap inner => new YamlSection(file, $"{prefix}{key}.", inner),
        _ => throw Wrong(key, "is a mapping of keys to values"),
    };

    /// <summary>What is wrong with a key that is there.</summary>
    /// <param name="key">Which.</param>
    /// <param name="why">Goes on after the key.</param>
    public RepositoryException Wrong(string key, string why) => new(ErrorCode.Usage, $"{file}:{map.Values[key].Line}: '{prefix}{key}' {why}");
}
