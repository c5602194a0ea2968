using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A manifest's content part. Format: 6.2; members may be added, none changes.</summary>
internal sealed record ManifestContent
{
    public required string Sha256 { get; init; }

    public required long Members { get; init; }

    public required IReadOnlyList<string>? Command { get; init; }

    public required long? RawFrom { get; init; }

    /// <summary>As JSON, in UTF-8.</summary>
    public byte[] Write() => StoredJson.Write(json =>
    {
        json.WriteString("sha256", Sha256);
        json.WriteNumber("members", Members);
        if (Command is null)
            json.WriteNull("command");
        else
            json.WriteTexts("command", Command);
        if (RawFrom is { } offset)
            json.WriteNumber("rawFrom", offset);
        else
            json.WriteNull("rawFrom");
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static ManifestContent Read(StoredJson json) => new()
    {
        Sha256 = json.Text("sha256"),
        Members = json.Integer("members"),
        Command = json.TextsOrNull("command"),
        RawFrom = json.IntegerOrNull("rawFrom"),
    };
}
