using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>All snapshots of a repository, with the tags that labels gave them.</summary>
/// <remarks>
/// Threading: any. Manifests and labels are read once: a second list costs the names of the files. Memory: up to 2 KiB a snapshot, and
/// as much a label, while it is there.
/// </remarks>
internal sealed class SnapshotList(IFileStore store, RepositoryKeys keys)
{
    /// <summary>Letters of tags: snapshots with more are read each time, so that nobody fills the memory with them.</summary>
    private const int MaxTagLetters = 1024;

    private readonly ReadOnce<SnapshotInfo> present = new(
        () => store.List(FileKind.Snapshot), id => Manifest.TryRead(store, keys, id, withContent: false)?.ToInfo(), snapshot => AreFew(snapshot.Tags));

    private readonly ReadOnce<SnapshotInfo> removed = new(
        () => store.List(FileKind.RemovedSnapshot), id => Manifest.TryReadRemoved(store, keys, id)?.ToInfo(), snapshot => AreFew(snapshot.Tags));

    private readonly ReadOnce<LabelPart> labels = new(
        () => store.List(FileKind.Label).Order(), id => PartFiles.Label.TryRead(store, keys, id), label => AreFew(label.Add.Concat(label.Remove)));

    /// <summary>Reads every manifest's structural part.</summary>
    /// <param name="damaged">Told of each manifest that is damaged; the others are listed.</param>
    /// <param name="damagedLabel">Told of each label that is damaged: no snapshot is missing for it, only tags may be wrong.</param>
    /// <returns>By name, then in their order, oldest first.</returns>
    public List<SnapshotInfo> Read(Action<RepositoryException> damaged, Action<RepositoryException> damagedLabel)
    {
        var byId = ReadLabels(damagedLabel);
        var list = ReadManifests(damaged);
        for (var number = 0; number < list.Count; number++)
        {
            if (byId.TryGetValue(list[number].Id, out var own))
                list[number] = list[number] with { Tags = Tags(list[number], own), Held = IsHeld(own) };
        }

        list.Sort((left, right) => left.Name == right.Name ? CompareAge(left, right) : string.CompareOrdinal(left.Name, right.Name));
        return list;
    }

    /// <summary>The newest snapshot of a name, or null; damaged manifests are told and passed over.</summary>
    public SnapshotInfo? Newest(SnapshotName name, Action<string> notice)
    {
        SnapshotInfo? newest = null;
        foreach (var snapshot in ReadManifests(error => notice(error.Message)))
        {
            if (snapshot.Name == name.ToString() && (newest is null || CompareAge(snapshot, newest) > 0))
                newest = snapshot;
        }

        return newest;
    }

    /// <summary>The ids of the snapshots that are held.</summary>
    /// <exception cref="RepositoryException">A label cannot be read: nobody knows.</exception>
    public HashSet<string> Held() =>
        [.. ReadLabels(error => throw error).Where(pair => IsHeld(pair.Value)).Select(pair => pair.Key)];

    /// <summary>When the last label of a snapshot was written; null if it has none.</summary>
    /// <param name="id">64 hex digits.</param>
    public DateTime? LastLabel(string id) => ReadLabels(error => throw error).GetValueOrDefault(id)?.Max(label => label.Time);

    /// <summary>The ids of the labels of each snapshot.</summary>
    public ILookup<string, ObjectId> LabelIds() => labels.Read(error => throw error).ToLookup(label => label.Value.Snapshot, label => label.Id);

    /// <summary>Reads every manifest's structural part, without what labels say of tags.</summary>
    /// <param name="damaged">Told of each manifest that is damaged; the others are listed.</param>
    /// <returns>In no order.</returns>
    public List<SnapshotInfo> ReadManifests(Action<RepositoryException> damaged) => [.. present.Read(damaged).Select(one => one.Value)];

    /// <summary>The same of the snapshots that were removed and can be taken back.</summary>
    public List<SnapshotInfo> ReadRemoved(Action<RepositoryException> damaged) => [.. removed.Read(damaged).Select(one => one.Value)];

    // A stable sort: labels of one time stay in the order of their ids.
    private Dictionary<string, List<LabelPart>> ReadLabels(Action<RepositoryException> damaged) => labels.Read(damaged)
        .Select(one => one.Value)
        .GroupBy(label => label.Snapshot)
        .ToDictionary(group => group.Key, group => group.OrderBy(label => label.Time).ToList());

    private static bool AreFew(IEnumerable<string> tags) => tags.Sum(tag => tag.Length) <= MaxTagLetters;

    private static bool IsHeld(List<LabelPart> labels) => labels.LastOrDefault(label => label.Hold is not null)?.Hold == true;

    private static List<string> Tags(SnapshotInfo snapshot, List<LabelPart> labels)
    {
        var tags = new SortedSet<string>(snapshot.Tags, StringComparer.Ordinal);
        foreach (var label in labels)
        {
            tags.ExceptWith(label.Remove);
            tags.UnionWith(label.Add);
        }

        return [.. tags];
    }

    private static int CompareAge(SnapshotInfo left, SnapshotInfo right)
    {
        var order = left.Time.CompareTo(right.Time);
        if (order == 0)
            order = left.Received.CompareTo(right.Received);
        return order != 0 ? order : string.CompareOrdinal(left.Id, right.Id);
    }
}
