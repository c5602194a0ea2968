namespace StreamBack.Server.Storage;

/// <summary>The kinds of write-once files; each has a folder of its own. Format: 1.</summary>
internal enum FileKind
{
    Key,
    Bundle,
    Index,
    Snapshot,
    Label,
}

/// <summary>What a kind is called.</summary>
internal static class FileKinds
{
    /// <summary>Every kind.</summary>
    public static IReadOnlyList<FileKind> All { get; } = Enum.GetValues<FileKind>();

    /// <summary>The folder's name, and the word for it in messages' paths.</summary>
    public static string Folder(this FileKind kind) => kind switch
    {
        FileKind.Key => "keys",
        FileKind.Bundle => "bundles",
        FileKind.Index => "index",
        FileKind.Snapshot => "snapshots",
        FileKind.Label => "labels",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The word for one file of this kind, in messages.</summary>
    public static string Word(this FileKind kind) => kind switch
    {
        FileKind.Key => "key",
        FileKind.Bundle => "bundle",
        FileKind.Index => "index file",
        FileKind.Snapshot => "snapshot",
        FileKind.Label => "label",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
