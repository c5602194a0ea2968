using System.Buffers;
using System.Text.Json;

namespace StreamBack.Server.Storage;

/// <summary>
/// A JSON object of the repository's format, read member by member: one that is missing or of another type is refused, one that
/// is not known is passed over.
/// </summary>
/// <remarks>By hand, since a serializer's metadata cost every start of the program 30 ms (docs/decisions/0006).</remarks>
internal readonly struct StoredJson
{
    private readonly JsonElement value;

    private StoredJson(JsonElement value) => this.value = value;

    /// <summary>Writes an object.</summary>
    /// <param name="members">Writes its members.</param>
    /// <returns>UTF-8, on one line.</returns>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(bytes);
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads an object, with nothing but blanks around it.</summary>
    /// <exception cref="JsonException"/>
    public static StoredJson Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var value = JsonElement.ParseValue(ref reader);
        if (reader.Read() || value.ValueKind != JsonValueKind.Object)
            throw new JsonException("Not one JSON object");
        return new StoredJson(value);
    }

    /// <summary>A text.</summary>
    /// <exception cref="JsonException"/>
    public string Text(string name) => Text(Member(name), name);

    /// <summary>A text; null if it is null or not there.</summary>
    /// <exception cref="JsonException"/>
    public string? OptionalText(string name) => Optional(name) is { } member ? Text(member, name) : null;

    /// <summary>A list of texts.</summary>
    /// <exception cref="JsonException"/>
    public IReadOnlyList<string> Texts(string name) => Texts(Member(name), name);

    /// <summary>A list of texts; null if it is null or not there.</summary>
    /// <exception cref="JsonException"/>
    public IReadOnlyList<string>? OptionalTexts(string name) => Optional(name) is { } member ? Texts(member, name) : null;

    /// <summary>A whole number between bounds.</summary>
    /// <exception cref="JsonException"/>
    public long Integer(string name, long least = long.MinValue, long most = long.MaxValue) => Integer(Member(name), name, least, most);

    /// <summary>A whole number; null if it is null or not there.</summary>
    /// <exception cref="JsonException"/>
    public long? OptionalInteger(string name) => Optional(name) is { } member ? Integer(member, name, long.MinValue, long.MaxValue) : null;

    /// <summary>Bytes, written as base64.</summary>
    /// <exception cref="JsonException"/>
    public byte[] Bytes(string name)
    {
        var member = Member(name);
        return member.ValueKind == JsonValueKind.String && member.TryGetBytesFromBase64(out var bytes) ? bytes : throw Wrong(name, "base64");
    }

    /// <summary>The members of an object whose members are objects.</summary>
    /// <exception cref="JsonException"/>
    public IEnumerable<(string Name, StoredJson Value)> Objects(string name)
    {
        var member = Member(name);
        if (member.ValueKind != JsonValueKind.Object)
            throw Wrong(name, "an object of objects");
        foreach (var property in member.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object)
                throw Wrong(name, "an object of objects");
            yield return (Unicode(() => property.Name, name), new StoredJson(property.Value));
        }
    }

    private JsonElement Member(string name) =>
        value.TryGetProperty(name, out var member) ? member : throw new JsonException($"'{name}' is missing");

    private JsonElement? Optional(string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.String ? Unicode(() => element.GetString()!, name) : throw Wrong(name, "a text");

    // The parser passes over bytes that are not UTF-8, and escapes that spell half of a surrogate pair.
    private static string Unicode(Func<string> text, string name)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException($"'{name}' is not Unicode", error);
        }
    }

    private static List<string> Texts(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Wrong(name, "a list");
        var texts = new List<string>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
            texts.Add(Text(item, name));
        return texts;
    }

    private static long Integer(JsonElement element, string name, long least, long most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, $"a whole number from {least} to {most}");

    private static JsonException Wrong(string name, string expected) => new($"'{name}' is not {expected}");
}

/// <summary>Members as the format writes them.</summary>
internal static class StoredJsonWriting
{
    /// <summary>Writes a list of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
