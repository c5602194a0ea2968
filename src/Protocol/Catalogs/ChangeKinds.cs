namespace StreamBack.Protocol.Catalogs;

/// <summary>How a path changed between two snapshots, in JSON and over HTTP.</summary>
public static class ChangeKinds
{
    /// <summary>It was not there before.</summary>
    public const string Added = "added";

    /// <summary>It is there no more.</summary>
    public const string Removed = "removed";

    /// <summary>It is something else: a file where a folder was.</summary>
    public const string Type = "type";

    /// <summary>Its contents are others, or a link's target.</summary>
    public const string Contents = "contents";

    /// <summary>Only mode, owner, time or attributes.</summary>
    public const string Metadata = "metadata";
}
