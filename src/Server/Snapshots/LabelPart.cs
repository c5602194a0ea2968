using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A label's part. Format: 6.3.</summary>
internal sealed record LabelPart
{
    public required string Snapshot { get; init; }

    public required DateTime Time { get; init; }

    public required IReadOnlyList<string> Add { get; init; }

    public required IReadOnlyList<string> Remove { get; init; }

    /// <summary>Whether the snapshot is held from now on; null leaves it as it is.</summary>
    public bool? Hold { get; init; }

    /// <summary>As JSON, in UTF-8.</summary>
    public byte[] Write() => StoredJson.Write(json =>
    {
        json.WriteString("snapshot", Snapshot);
        json.WriteString("time", FormatTime.Text(Time));
        json.WriteTexts("add", Add);
        json.WriteTexts("remove", Remove);
        if (Hold is { } hold)
            json.WriteBoolean("hold", hold);
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static LabelPart Read(StoredJson json) => new()
    {
        Snapshot = json.Text("snapshot"),
        Time = FormatTime.Read(json, "time"),
        Add = json.Texts("add"),
        Remove = json.Texts("remove"),
        Hold = json.OptionalTruth("hold"),
    };
}
