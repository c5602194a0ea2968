namespace StreamBack.Protocol;

/// <summary>The kinds of stored files that may be read and brought as they are. Keys are none of them.</summary>
public enum ObjectKind
{
    /// <summary>Chunks, in sealed frames.</summary>
    Bundle,

    /// <summary>Where chunks are.</summary>
    Index,

    /// <summary>Manifests.</summary>
    Snapshot,

    /// <summary>Tags given later.</summary>
    Label,

    /// <summary>Records of what was removed, or taken back.</summary>
    Removal,
}

/// <summary>A stored file.</summary>
/// <param name="Id">SHA-256 of its bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct StoredObject(ObjectId Id, long Length);

/// <summary>The names of kinds: those of the folders in a repository. A contract (docs/design/wire-protocol.md).</summary>
public static class ObjectKinds
{
    /// <summary>What the repository's parameters are asked for by: not write-once and so no kind, but read the same way.</summary>
    public const string Config = "config";

    private static readonly string[] Table = ["bundles", "index", "snapshots", "labels", "removals"];

    /// <summary>The kind's name.</summary>
    public static string Name(this ObjectKind kind) => Table[(int)kind];

    /// <summary>The kind of a name; null if there is none of that name.</summary>
    public static ObjectKind? Parse(string name) => Array.IndexOf(Table, name) is var at && at >= 0 ? (ObjectKind)at : null;
}
