using System.Globalization;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving.Views;

/// <summary>
/// A repository as one file system: names, their snapshots, what is in them (docs/design/webdav.md). A snapshot that
/// is put is there at once.
/// </summary>
/// <param name="repository">What is looked at.</param>
/// <param name="access">Names that may not be got are not there.</param>
internal sealed class RepositoryView(EmbeddedRepository repository, Access access)
{
    /// <summary>Digits of an id that tell apart what a second does not.</summary>
    private const int IdDigits = 16;

    /// <summary>What is at a path, and, if it is a folder and they are asked for, what is right in it.</summary>
    /// <param name="path">Where.</param>
    /// <param name="withChildren">Whether also what is in it.</param>
    /// <returns>The node itself, then the others; read while it is enumerated.</returns>
    /// <exception cref="RepositoryException">
    /// While it is enumerated: <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Denied"/>, <see cref="ErrorCode.Usage"/>, and errors of reading.
    /// </exception>
    public IEnumerable<ViewNode> Look(ViewPath path, bool withChildren, CancellationToken cancellation) =>
        path.Which is null ? LookAtNames(path.Name, withChildren) : LookInto(path, withChildren, cancellation);

    /// <summary>The snapshot that a path is in.</summary>
    /// <param name="path">With a version.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Denied"/>, <see cref="ErrorCode.Usage"/>.</exception>
    public SnapshotInfo Snapshot(ViewPath path)
    {
        var selector = SnapshotSelector.Parse($"{path.Name}@{path.Which}");
        access.Require(Capabilities.Get, selector.Name.ToString());
        return repository.Find(selector);
    }

    private IEnumerable<ViewNode> LookAtNames(string folder, bool withChildren)
    {
        access.Require(Capabilities.Get);
        var beginning = folder.Length == 0 ? "" : folder + "/";
        var snapshots = repository.List(_ => { }).Where(snapshot => access.Covers(snapshot.Name)).ToList();
        var here = snapshots.Where(snapshot => snapshot.Name == folder).ToList();
        var below = snapshots.Where(snapshot => snapshot.Name.StartsWith(beginning, StringComparison.Ordinal)).ToList();
        if (folder.Length > 0 && here.Count == 0 && below.Count == 0)
            throw new RepositoryException(ErrorCode.NotFound, $"There is no name '{folder}', and none below it");
        yield return ViewNode.OfName(folder[(folder.LastIndexOf('/') + 1)..]);
        if (!withChildren)
            yield break;
        foreach (var piece in below.Select(snapshot => snapshot.Name[beginning.Length..].Split('/')[0]).Distinct())
            yield return ViewNode.OfName(piece);
        foreach (var version in Versions(here))
            yield return version;
    }

    // By its second, or, where there is another one in the same, by its id: each piece selects what it stands for.
    private static IEnumerable<ViewNode> Versions(List<SnapshotInfo> snapshots)
    {
        if (snapshots.Count > 0)
            yield return ViewNode.OfSnapshot(new SnapshotSelector(SnapshotName.Parse(snapshots[0].Name), SnapshotSelector.Latest).Choose(snapshots), SnapshotSelector.Latest);
        for (var at = 0; at < snapshots.Count; at++)
        {
            var isLastOfSecond = at + 1 == snapshots.Count || Second(snapshots[at + 1]) != Second(snapshots[at]);
            yield return ViewNode.OfSnapshot(snapshots[at], isLastOfSecond ? Second(snapshots[at]) : snapshots[at].Id[..IdDigits]);
        }
    }

    private static string Second(SnapshotInfo snapshot) => snapshot.Time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private IEnumerable<ViewNode> LookInto(ViewPath path, bool withChildren, CancellationToken cancellation)
    {
        var snapshot = Snapshot(path);
        using var tree = repository.OpenTree(snapshot, cancellation);
        var links = new HardLinks(tree);
        var node = path.Member.Length == 0
            ? ViewNode.OfSnapshot(snapshot, path.Which!)
            : tree.Find(path.Member) is { } found ? ViewNode.OfMember(snapshot, links, found) : null;
        if (node is null)
            throw new RepositoryException(ErrorCode.NotFound, "The snapshot has no such file or folder");
        yield return node;
        if (!node.IsFolder || !withChildren)
            yield break;
        foreach (var entry in tree.Folder(path.Member, all: false))
        {
            if (ViewNode.OfMember(snapshot, links, entry) is { } child)
                yield return child;
        }
    }
}
