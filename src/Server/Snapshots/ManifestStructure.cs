using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A manifest's structural part. Format: 6.2; members may be added, none changes.</summary>
internal sealed record ManifestStructure
{
    public required string Name { get; init; }

    public required DateTime Time { get; init; }

    public required DateTime Received { get; init; }

    /// <summary>Milliseconds from the beginning of the put to its commit, by the repository's clock; null if nobody noted them.</summary>
    public long? Took { get; init; }

    public required string Kind { get; init; }

    public required long Length { get; init; }

    public required long StoredBytes { get; init; }

    public required long Chunks { get; init; }

    public required long NewChunks { get; init; }

    public required long NewChunkBytes { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required IReadOnlyList<string> Marks { get; init; }

    public required string? Previous { get; init; }

    public required string Random { get; init; }

    public required string ContentPart { get; init; }

    public required IReadOnlyDictionary<string, RecipeRoot> Streams { get; init; }

    /// <summary>As JSON, in UTF-8.</summary>
    public byte[] Write() => StoredJson.Write(json =>
    {
        json.WriteString("name", Name);
        json.WriteString("time", FormatTime.Text(Time));
        json.WriteString("received", FormatTime.Text(Received));
        if (Took is { } took)
            json.WriteNumber("took", took);
        json.WriteString("kind", Kind);
        json.WriteNumber("length", Length);
        json.WriteNumber("storedBytes", StoredBytes);
        json.WriteNumber("chunks", Chunks);
        json.WriteNumber("newChunks", NewChunks);
        json.WriteNumber("newChunkBytes", NewChunkBytes);
        json.WriteTexts("tags", Tags);
        json.WriteTexts("marks", Marks);
        json.WriteString("previous", Previous);
        json.WriteString("random", Random);
        json.WriteString("contentPart", ContentPart);
        json.WriteStartObject("streams");
        foreach (var (name, root) in Streams)
            Write(json, name, root);
        json.WriteEndObject();
    });

    /// <summary>Reads what <see cref="Write()"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static ManifestStructure Read(StoredJson json) => new()
    {
        Name = json.Text("name"),
        Time = FormatTime.Read(json, "time"),
        Received = FormatTime.Read(json, "received"),
        Took = json.OptionalInteger("took"),
        Kind = json.Text("kind"),
        Length = json.Integer("length"),
        StoredBytes = json.Integer("storedBytes"),
        Chunks = json.Integer("chunks"),
        NewChunks = json.Integer("newChunks"),
        NewChunkBytes = json.Integer("newChunkBytes"),
        Tags = json.Texts("tags"),
        Marks = json.Texts("marks"),
        Previous = json.TextOrNull("previous"),
        Random = json.Text("random"),
        ContentPart = json.Text("contentPart"),
        Streams = ReadStreams(json),
    };

    private static void Write(Utf8JsonWriter json, string name, RecipeRoot root)
    {
        json.WriteStartObject(name);
        json.WriteNumber("length", root.Length);
        json.WriteNumber("domain", root.Domain);
        json.WriteNumber("level", root.Level);
        json.WriteBase64String("node", root.Node);
        json.WriteEndObject();
    }

    private static Dictionary<string, RecipeRoot> ReadStreams(StoredJson json)
    {
        var streams = new Dictionary<string, RecipeRoot>();
        foreach (var (name, root) in json.Objects("streams"))
        {
            streams[name] = new RecipeRoot
            {
                Length = root.Integer("length"),
                Domain = (uint)root.Integer("domain", 0, uint.MaxValue),
                Level = (int)root.Integer("level", int.MinValue, int.MaxValue),
                Node = root.Bytes("node"),
            };
        }

        return streams;
    }
}
