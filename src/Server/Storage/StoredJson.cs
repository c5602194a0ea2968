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
    /// <param name="members">Reads its members.</param>
    /// <exception cref="JsonException">It is none, or a member is not what it should be.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, Func<StoredJson, T> members)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var value = JsonElement.ParseValue(ref reader);
            if (reader.Read() || value.ValueKind != JsonValueKind.Object)
                throw new JsonException("Not one JSON object");
            return members(new StoredJson(value));
        }
        catch (InvalidOperationException error)
        {
            // The parser passes over bytes that are not UTF-8 and escapes that are half a character; only reading finds them.
            throw new JsonException("A text is not Unicode", error);
        }
    }

    /// <summary>A text.</summary>
    public string Text(string name) => Text(Member(name), name);

    /// <summary>A text, or null.</summary>
    public string? TextOrNull(string name) => NotNull(Member(name)) is { } member ? Text(member, name) : null;

    /// <summary>A text; null also if it is not there.</summary>
    public string? OptionalText(string name) => Optional(name) is { } member ? Text(member, name) : null;

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name) => Texts(Member(name), name);

    /// <summary>A list of texts, or null.</summary>
    public IReadOnlyList<string>? TextsOrNull(string name) => NotNull(Member(name)) is { } member ? Texts(member, name) : null;

    /// <summary>A whole number.</summary>
    public long Integer(string name) => Integer(Member(name), name);

    /// <summary>A whole number between bounds.</summary>
    public long Integer(string name, long least, long most) =>
        Integer(name) is var number && number >= least && number <= most ? number : throw Wrong(name, $"from {least} to {most}");

    /// <summary>A whole number, or null.</summary>
    public long? IntegerOrNull(string name) => NotNull(Member(name)) is { } member ? Integer(member, name) : null;

    /// <summary>A whole number; null also if it is not there.</summary>
    public long? OptionalInteger(string name) => Optional(name) is { } member ? Integer(member, name) : null;

    /// <summary>True or false; null also if it is not there.</summary>
    public bool? OptionalTruth(string name) => Optional(name) is { } member
        ? member.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.GetBoolean() : throw Wrong(name, "true or false")
        : null;

    /// <summary>Bytes, written as base64.</summary>
    public byte[] Bytes(string name)
    {
        var member = Member(name);
        return member.ValueKind == JsonValueKind.String && member.TryGetBytesFromBase64(out var bytes) ? bytes : throw Wrong(name, "base64");
    }

    /// <summary>The members of an object whose members are objects.</summary>
    public IEnumerable<(string Name, StoredJson Value)> Objects(string name)
    {
        var member = Member(name);
        if (member.ValueKind != JsonValueKind.Object)
            throw Wrong(name, "an object of objects");
        foreach (var property in member.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object)
                throw Wrong(name, "an object of objects");
            yield return (property.Name, new StoredJson(property.Value));
        }
    }

    private JsonElement Member(string name) =>
        value.TryGetProperty(name, out var member) ? member : throw new JsonException($"'{name}' is missing");

    private JsonElement? Optional(string name) => value.TryGetProperty(name, out var member) ? NotNull(member) : null;

    private static JsonElement? NotNull(JsonElement member) => member.ValueKind == JsonValueKind.Null ? null : member;

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(name, "a text");

    private static List<string> Texts(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Wrong(name, "a list");
        var texts = new List<string>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
            texts.Add(Text(item, name));
        return texts;
    }

    private static long Integer(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) ? number : throw Wrong(name, "a whole number");

    private static JsonException Wrong(string name, string expected) => new($"'{name}' is not {expected}");
}
