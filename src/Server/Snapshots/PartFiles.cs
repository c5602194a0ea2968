using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>The small files about snapshots.</summary>
internal static class PartFiles
{
    /// <summary>Tags and holds, given to a snapshot, or taken from it, after it was put.</summary>
    public static PartFile<LabelPart> Label { get; } = new("SBLABEL1", FileKind.Label, SealedKind.Label, label => label.Write(), LabelPart.Read);

    /// <summary>Word of a snapshot that was removed, or taken back.</summary>
    public static PartFile<RemovalPart> Removal { get; } = new("SBREMOVE", FileKind.Removal, SealedKind.Removal, removal => removal.Write(), RemovalPart.Read);
}
