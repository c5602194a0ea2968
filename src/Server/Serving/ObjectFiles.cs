using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>From what others call a kind of stored files to what the store does.</summary>
internal static class ObjectFiles
{
    /// <summary>The store's kind.</summary>
    public static FileKind ToFile(this ObjectKind kind) => kind switch
    {
        ObjectKind.Bundle => FileKind.Bundle,
        ObjectKind.Index => FileKind.Index,
        ObjectKind.Snapshot => FileKind.Snapshot,
        ObjectKind.Label => FileKind.Label,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
