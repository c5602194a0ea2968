using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>From what others call a kind of stored files to what the store does, and back.</summary>
internal static class ObjectFiles
{
    private static readonly FileKind[] Table = [FileKind.Bundle, FileKind.Index, FileKind.Snapshot, FileKind.Label, FileKind.Removal];

    /// <summary>The store's kind.</summary>
    public static FileKind ToFile(this ObjectKind kind) => Table[(int)kind];

    /// <summary>What others call it; null for keys, which nobody else sees.</summary>
    public static ObjectKind? ToObject(this FileKind kind) => Array.IndexOf(Table, kind) is var at && at >= 0 ? (ObjectKind)at : null;
}
