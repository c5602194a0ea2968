using System.Text.Json.Serialization;

namespace StreamBack.Protocol;

/// <summary>The facts of a snapshot. Those of its content are null for who holds a put key only.</summary>
public sealed record SnapshotInfo
{
    /// <summary>64 hex digits: the manifest's SHA-256.</summary>
    public required string Id { get; init; }

    /// <summary>The name that it was put under.</summary>
    public required string Name { get; init; }

    /// <summary>When it was taken, UTC.</summary>
    public required DateTime Time { get; init; }

    /// <summary>When the repository took it, UTC, by the repository's clock.</summary>
    public required DateTime Received { get; init; }

    /// <summary>How long the put took, in seconds; null for who may not get everything, and if nobody noted it.</summary>
    public double? Seconds { get; init; }

    /// <summary><c>tar</c> or <c>raw</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Bytes of the stream.</summary>
    public required long Length { get; init; }

    /// <summary>SHA-256 of the stream, 64 hex digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Members of the tar; 0 for raw.</summary>
    public long? Members { get; init; }

    /// <summary>Chunks of the stream.</summary>
    public long Chunks { get; init; }

    /// <summary>Of those, how many were new. This and the next two are null for who may not get everything.</summary>
    public long? NewChunks { get; init; }

    /// <summary>Bytes of the new chunks, before compression.</summary>
    public long? NewChunkBytes { get; init; }

    /// <summary>Bytes by which the repository grew.</summary>
    public long? StoredBytes { get; init; }

    /// <summary>Labels given by the user, sorted.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What is particular: <c>truncated</c>, <c>empty</c>, <c>raw-tail</c>.</summary>
    public IReadOnlyList<string> Marks { get; init; } = [];

    /// <summary>Whether it is held: it can be neither removed nor forgotten.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Held { get; init; }

    /// <summary>When its whole stream was last restored to nowhere and hashed right, if anybody did that and it is known here.</summary>
    public DateTime? Verified { get; init; }

    /// <summary>The command whose output it is.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Id of the newest snapshot of this name when this one was put.</summary>
    public string? Previous { get; init; }

    /// <summary>In a server's answer to a put: what a user should know, a line each.</summary>
    public IReadOnlyList<string>? Notices { get; init; }

    /// <summary>As people name it, for messages: its name, and the first 8 hex digits of its id.</summary>
    [JsonIgnore]
    public string ShortName => $"{Name}@{Id[..8]}";

    /// <summary>Whether the source did not finish: such a snapshot is <c>latest</c> only if it is the only one.</summary>
    [JsonIgnore]
    public bool IsPartial => Marks.Contains(SnapshotMarks.Truncated) || Marks.Contains(SnapshotMarks.Empty);

    /// <summary>The same without what only those may know who may get everything.</summary>
    public SnapshotInfo WithoutSizes() => this with { NewChunks = null, NewChunkBytes = null, StoredBytes = null, Seconds = null };
}

/// <summary>The marks that a snapshot may have.</summary>
public static class SnapshotMarks
{
    /// <summary>The input ended too soon, and was kept because the user insisted.</summary>
    public const string Truncated = "truncated";

    /// <summary>There was no input, and that was kept because the user insisted.</summary>
    public const string Empty = "empty";

    /// <summary>A tar that stops being one before its end.</summary>
    public const string RawTail = "raw-tail";
}

/// <summary>The two kinds of streams.</summary>
public static class SnapshotKinds
{
    /// <summary>A tar.</summary>
    public const string Tar = "tar";

    /// <summary>Anything else.</summary>
    public const string Raw = "raw";
}
