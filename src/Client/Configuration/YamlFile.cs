using StreamBack.Protocol;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace StreamBack.Client.Configuration;

/// <summary>Reads a configuration file: YAML as people write it, without anchors, tags and documents. Nothing else loads the YAML library.</summary>
internal sealed class YamlFile
{
    /// <summary>Thousands of lines; a larger file is something else.</summary>
    private const long MaxLength = 1 << 20;

    /// <summary>Maps in maps: more than any setting needs.</summary>
    private const int MaxDepth = 8;

    private readonly string path;
    private readonly Parser parser;

    private YamlFile(string path, TextReader text) => (this.path, parser) = (path, new Parser(text));

    /// <summary>Reads a file.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, naming file, line and key.</exception>
    public static YamlMap Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxLength)
                throw new RepositoryException(ErrorCode.Usage, $"{path} is no configuration: it has more than {MaxLength} bytes");
            using var text = new StreamReader(path);
            return new YamlFile(path, text).ReadDocument();
        }
        catch (YamlException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"{path}:{error.Start.Line}: {(error.InnerException ?? error).Message.TrimEnd('.')}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The configuration cannot be read: {error.Message}", error);
        }
    }

    private YamlMap ReadDocument()
    {
        Next<StreamStart>();
        if (parser.Current is null || Skip<StreamEnd>())
            return new YamlMap(new Dictionary<string, YamlValue>(), 1);
        Next<DocumentStart>();
        var value = ReadValue("", 0);
        Next<DocumentEnd>();
        if (parser.Current is not StreamEnd)
            throw Wrong(Line, "there is a second document");
        return value switch
        {
            YamlMap map => map,
            YamlText { Text: "" } => new YamlMap(new Dictionary<string, YamlValue>(), 1),
            _ => throw Wrong(value.Line, "a configuration is lines of 'key: value'"),
        };
    }

    private YamlValue ReadValue(string key, int depth)
    {
        if (depth > MaxDepth)
            throw Wrong(Line, $"'{key}' is nested too deeply");
        if (parser.Current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            throw Wrong(Line, $"'{key}': anchors and aliases are not taken");
        if (parser.Current is NodeEvent { Tag.IsEmpty: false, Tag.IsNonSpecific: false })
            throw Wrong(Line, $"'{key}': tags are not taken");
        var line = Line;
        return parser.Current switch
        {
            Scalar => new YamlText(Take<Scalar>().Value, line),
            SequenceStart => ReadList(key, depth),
            MappingStart => ReadMap(key, depth),
            var other => throw Wrong(Line, $"'{key}': {other?.GetType().Name} is unexpected"),
        };
    }

    private YamlList ReadList(string key, int depth)
    {
        var line = Line;
        Next<SequenceStart>();
        var items = new List<YamlValue>();
        while (!Skip<SequenceEnd>())
            items.Add(ReadValue(key, depth + 1));
        return new YamlList(items, line);
    }

    private YamlMap ReadMap(string outer, int depth)
    {
        var line = Line;
        Next<MappingStart>();
        var values = new Dictionary<string, YamlValue>();
        while (!Skip<MappingEnd>())
        {
            var at = Line;
            if (parser.Current is not Scalar { Anchor.IsEmpty: true })
                throw Wrong(at, $"a key of '{outer}' is no text");
            var key = Take<Scalar>().Value;
            var whole = outer.Length == 0 ? key : $"{outer}.{key}";
            if (!values.TryAdd(key, ReadValue(whole, depth + 1) with { Line = at }))
                throw Wrong(at, $"'{whole}' is there twice");
        }

        return new YamlMap(values, line);
    }

    private int Line => (int)(parser.Current?.Start.Line ?? 1);

    private T Take<T>()
        where T : ParsingEvent
    {
        var taken = parser.Current as T ?? throw Wrong(Line, $"{parser.Current?.GetType().Name} where {typeof(T).Name} should be");
        Advance();
        return taken;
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (parser.Current is null)
            Advance();
        Take<T>();
    }

    private bool Skip<T>()
        where T : ParsingEvent
    {
        if (parser.Current is not T)
            return false;
        Advance();
        return true;
    }

    // Comments are no events by default.
    private void Advance() => parser.MoveNext();

    private RepositoryException Wrong(int line, string what) => new(ErrorCode.Usage, $"{path}:{line}: {what}");
}
