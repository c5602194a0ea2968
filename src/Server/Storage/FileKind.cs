namespace StreamBack.Server.Storage;

/// <summary>The kinds of write-once files; each has a folder of its own. Format: 1.</summary>
internal enum FileKind
{
    Key,
    Bundle,
    Index,
    Snapshot,
    Label,
    Removal,
    RemovedSnapshot,
    UnusedBundle,
}

/// <summary>What a kind is called.</summary>
internal static class FileKinds
{
    /// <summary>Every kind that is written; those in the trash only come there by <see cref="IFileStore.Move"/>.</summary>
    public static IReadOnlyList<FileKind> All { get; } = [FileKind.Key, FileKind.Bundle, FileKind.Index, FileKind.Snapshot, FileKind.Label, FileKind.Removal];

    /// <summary>The folder's name, and the word for it in messages' paths.</summary>
    public static string Folder(this FileKind kind) => kind switch
    {
        FileKind.Key => "keys",
        FileKind.Bundle => "bundles",
        FileKind.Index => "index",
        FileKind.Snapshot => "snapshots",
        FileKind.Label => "labels",
        FileKind.Removal => "removals",
        FileKind.RemovedSnapshot => "trash/snapshots",
        FileKind.UnusedBundle => "trash/bundles",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The word for one file of this kind, in messages.</summary>
    public static string Word(this FileKind kind) => kind switch
    {
        FileKind.Key => "key",
        FileKind.Bundle or FileKind.UnusedBundle => "bundle",
        FileKind.Index => "index file",
        FileKind.Snapshot or FileKind.RemovedSnapshot => "snapshot",
        FileKind.Label => "label",
        FileKind.Removal => "removal record",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
