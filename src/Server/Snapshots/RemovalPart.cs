using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A removal record's part. Format: 6.4.</summary>
internal sealed record RemovalPart
{
    private const string Remove = "remove";
    private const string Undelete = "undelete";

    public required string Snapshot { get; init; }

    public required string Name { get; init; }

    /// <summary>By the repository's clock: grace counts from here.</summary>
    public required DateTime Time { get; init; }

    /// <summary>Whether it takes the snapshot back.</summary>
    public required bool IsUndelete { get; init; }

    /// <summary>Whose doing it was: a token, or a user of the machine.</summary>
    public required string By { get; init; }

    /// <summary>As JSON, in UTF-8.</summary>
    public byte[] Write() => StoredJson.Write(json =>
    {
        json.WriteString("snapshot", Snapshot);
        json.WriteString("name", Name);
        json.WriteString("time", FormatTime.Text(Time));
        json.WriteString("action", IsUndelete ? Undelete : Remove);
        json.WriteString("by", By);
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static RemovalPart Read(StoredJson json) => new()
    {
        Snapshot = json.Text("snapshot"),
        Name = json.Text("name"),
        Time = FormatTime.Read(json, "time"),
        IsUndelete = json.Text("action") switch
        {
            Remove => false,
            Undelete => true,
            var other => throw new JsonException($"'{other}' is no action"),
        },
        By = json.Text("by"),
    };
}
