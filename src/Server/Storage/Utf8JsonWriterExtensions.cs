using System.Text.Json;

namespace StreamBack.Server.Storage;

/// <summary>Members as the format writes them.</summary>
internal static class Utf8JsonWriterExtensions
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
