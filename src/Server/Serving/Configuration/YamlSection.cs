using StreamBack.Protocol;
using YamlDotNet.RepresentationModel;

namespace StreamBack.Server.Serving.Configuration;

/// <summary>A mapping of a <see cref="YamlFile"/>.</summary>
public sealed class YamlSection
{
    private readonly string file;
    private readonly string prefix;
    private readonly Dictionary<string, YamlNode> values = [];
    private readonly Dictionary<string, long> lines = [];

    // Not public: nobody needs YamlDotNet to read a configuration.
    internal YamlSection(string file, string prefix, YamlMappingNode node)
    {
        (this.file, this.prefix) = (file, prefix);
        foreach (var (key, value) in node.Children)
        {
            if (key is not YamlScalarNode { Value: { Length: > 0 } name })
                throw new RepositoryException(ErrorCode.Usage, $"{file}:{key.Start.Line}: a key is a word");
            values.Add(name, value);
            lines.Add(name, key.Start.Line);
        }
    }

    /// <summary>Its keys, in the order of the file.</summary>
    public IEnumerable<string> Keys => values.Keys;

    /// <summary>Refuses every other key.</summary>
    public void AllowOnly(params string[] keys)
    {
        foreach (var key in values.Keys.Where(key => !keys.Contains(key)))
            throw Wrong(key, $"is unknown; there are {string.Join(", ", keys)}");
    }

    /// <summary>A value that is text; null if the key is not there.</summary>
    public string? Text(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } text } => text,
        YamlScalarNode => throw Wrong(key, "has no value"),
        _ => throw Wrong(key, "is one value, no list and no mapping"),
    };

    /// <summary>A value that is a mapping; null if the key is not there.</summary>
    public YamlSection? Section(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        YamlMappingNode node => new YamlSection(file, $"{prefix}{key}.", node),
        _ => throw Wrong(key, "is a mapping of keys to values"),
    };

    /// <summary>What is wrong with a key that is there.</summary>
    /// <param name="key">Which.</param>
    /// <param name="why">Goes on after the key.</param>
    public RepositoryException Wrong(string key, string why) =>
        new(ErrorCode.Usage, $"{file}:{lines[key]}: '{prefix}{key}' {why}");
}
