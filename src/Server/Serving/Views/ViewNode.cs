using System.Text;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Views;

/// <summary>Something in the view of a repository: a folder, or a file.</summary>
internal sealed record ViewNode
{
    private const int AnyExecute = 0b001_001_001;

    /// <summary>What it is called in its folder; empty for the root.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Whether there may be something in it.</summary>
    public required bool IsFolder { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long Size { get; init; }

    /// <summary>When it last changed, UTC; null where that is not known.</summary>
    public DateTime? Modified { get; init; }

    /// <summary>Whether somebody may run it.</summary>
    public bool IsExecutable { get; init; }

    /// <summary>The snapshot that it is in, or that it is; null above.</summary>
    public SnapshotInfo? Snapshot { get; init; }

    /// <summary>Its path in the snapshot, clean.</summary>
    public byte[] Path { get; init; } = [];

    /// <summary>Its piece of an address.</summary>
    public string Piece => Snapshot is not null && Path.Length == 0 ? Encoding.UTF8.GetString(Name) : PercentCode.Encode(Name);

    /// <summary>A folder of names, or a name.</summary>
    public static ViewNode OfName(string piece) => new() { Name = Encoding.UTF8.GetBytes(piece), IsFolder = true };

    /// <summary>A snapshot.</summary>
    /// <param name="snapshot">Its facts.</param>
    /// <param name="which">What selects it.</param>
    public static ViewNode OfSnapshot(SnapshotInfo snapshot, string which) =>
        new() { Name = Encoding.UTF8.GetBytes(ViewPath.Sign + which), IsFolder = true, Snapshot = snapshot, Modified = snapshot.Time };

    /// <summary>A member, if it is a file or a folder.</summary>
    /// <param name="snapshot">That it is in.</param>
    /// <param name="links">Of its view.</param>
    /// <param name="entry">The member.</param>
    /// <returns>Null for symbolic links, devices and the like, which a folder of files cannot show.</returns>
    public static ViewNode? OfMember(SnapshotInfo snapshot, HardLinks links, CatalogEntry entry)
    {
        if (links.Follow(entry) is not { } file || MemberTypes.Of(file) is not (MemberTypes.File or MemberTypes.Folder))
            return null;
        return new ViewNode
        {
            Name = MemberPath.Name(entry.Path).ToArray(),
            Path = entry.Path,
            IsFolder = file.IsFolder,
            Size = file.Size,
            Modified = file.Place is null ? null : file.Modified.Calendar,
            IsExecutable = !file.IsFolder && (file.Mode & AnyExecute) != 0,
            Snapshot = snapshot,
        };
    }
}
