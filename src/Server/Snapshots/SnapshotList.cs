using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>All snapshots of a repository, with the tags that labels gave them.</summary>
/// <remarks>
/// Threading: any. Manifests never change, so each is read once: a second list costs the names of the files. Memory: up to 2 KiB
/// a snapshot, while it is there.
/// </remarks>
internal sealed class SnapshotList(IFileStore store, RepositoryKeys keys)
{
    /// <summary>Letters of tags: snapshots with more are read each time, so that nobody fills the memory with them.</summary>
    private const int MaxTagLetters = 1024;

    // What the last list held; replaced as a whole, never changed.
    private volatile Dictionary<ObjectId, SnapshotInfo> known = [];

    /// <summary>Reads every manifest's structural part.</summary>
    /// <param name="damaged">Told of each manifest that is damaged; the others are listed.</param>
    /// <param name="damagedLabel">Told of each label that is damaged: no snapshot is missing for it, only tags may be wrong.</param>
    /// <returns>By name, then in their order, oldest first.</returns>
    public List<SnapshotInfo> Read(Action<RepositoryException> damaged, Action<RepositoryException> damagedLabel)
    {
        var labels = ReadLabels(damagedLabel);
        var list = ReadManifests(damaged);
        for (var number = 0; number < list.Count; number++)
        {
            if (labels.TryGetValue(list[number].Id, out var own))
                list[number] = list[number] with { Tags = Tags(list[number], own) };
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

    /// <summary>Reads every manifest's structural part, without what labels say of tags.</summary>
    /// <param name="damaged">Told of each manifest that is damaged; the others are listed.</param>
    /// <returns>In no order.</returns>
    public List<SnapshotInfo> ReadManifests(Action<RepositoryException> damaged)
    {
        var before = known;
        var list = new List<SnapshotInfo>();
        var kept = new Dictionary<ObjectId, SnapshotInfo>();
        foreach (var id in store.List(FileKind.Snapshot))
        {
            try
            {
                if ((before.GetValueOrDefault(id) ?? Read(id)) is not { } snapshot)
                    continue;
                list.Add(snapshot);
                if (snapshot.Tags.Sum(tag => tag.Length) <= MaxTagLetters)
                    kept.Add(id, snapshot);
            }
            catch (RepositoryException error)
            {
                damaged(error);
            }
        }

        known = kept;
        return list;
    }

    private SnapshotInfo? Read(ObjectId id)
    {
        if (Manifest.TryRead(store, keys, id, withContent: false) is not { } manifest)
            return null;
        var tags = new SortedSet<string>(manifest.Structure.Tags, StringComparer.Ordinal);
        return manifest.ToInfo([.. tags]);
    }

    private Dictionary<string, List<LabelPart>> ReadLabels(Action<RepositoryException> damaged)
    {
        var ids = store.List(FileKind.Label);
        ids.Sort();
        var labels = new Dictionary<string, List<LabelPart>>();
        foreach (var id in ids)
        {
            try
            {
                if (Label.TryRead(store, keys, id) is not { } label)
                    continue;
                if (!labels.TryGetValue(label.Snapshot, out var own))
                    labels.Add(label.Snapshot, own = []);
                own.Add(label);
            }
            catch (RepositoryException error)
            {
                damaged(error);
            }
        }

        return labels;
    }

    // A stable sort: labels of one time stay in the order of their ids.
    private static List<string> Tags(SnapshotInfo snapshot, List<LabelPart> labels)
    {
        var tags = new SortedSet<string>(snapshot.Tags, StringComparer.Ordinal);
        foreach (var label in labels.OrderBy(label => label.Time))
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
