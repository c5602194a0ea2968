using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>All snapshots of a repository, with the tags that labels gave them.</summary>
internal static class SnapshotList
{
    /// <summary>Reads every manifest.</summary>
    /// <param name="withContent">Whether to open content parts, which costs an X25519 operation each.</param>
    /// <param name="damaged">Told of each manifest that is damaged; the others are listed.</param>
    /// <param name="damagedLabel">Told of each label that is damaged: no snapshot is missing for it, only tags may be wrong.</param>
    /// <returns>By name, then in their order, oldest first.</returns>
    public static List<SnapshotInfo> Read(
        IFileStore store, RepositoryKeys keys, bool withContent, Action<RepositoryException> damaged, Action<RepositoryException> damagedLabel)
    {
        var labels = ReadLabels(store, keys, damagedLabel);
        var list = new List<SnapshotInfo>();
        foreach (var id in store.List(FileKind.Snapshot))
        {
            try
            {
                if (Manifest.TryRead(store, keys, id, withContent) is { } manifest)
                    list.Add(manifest.ToInfo(Tags(manifest, labels[id.ToString()])));
            }
            catch (RepositoryException error)
            {
                damaged(error);
            }
        }

        list.Sort(Compare);
        return list;
    }

    /// <summary>The newest snapshot of a name, or null; damaged manifests are told and passed over.</summary>
    public static Manifest? Newest(IFileStore store, RepositoryKeys keys, SnapshotName name, Action<string> notice)
    {
        Manifest? newest = null;
        foreach (var id in store.List(FileKind.Snapshot))
        {
            try
            {
                var manifest = Manifest.TryRead(store, keys, id, withContent: false);
                if (manifest?.Structure.Name == name.ToString() && (newest is null || Order(manifest).CompareTo(Order(newest)) > 0))
                    newest = manifest;
            }
            catch (RepositoryException error)
            {
                notice(error.Message);
            }
        }

        return newest;

        static (DateTime, DateTime, ObjectId) Order(Manifest manifest) =>
            (manifest.Structure.Time, manifest.Structure.Received, manifest.Id);
    }

    private static int Compare(SnapshotInfo left, SnapshotInfo right)
    {
        var order = string.CompareOrdinal(left.Name, right.Name);
        if (order == 0)
            order = left.Time.CompareTo(right.Time);
        if (order == 0)
            order = left.Received.CompareTo(right.Received);
        return order != 0 ? order : string.CompareOrdinal(left.Id, right.Id);
    }

    private static ILookup<string, LabelPart> ReadLabels(IFileStore store, RepositoryKeys keys, Action<RepositoryException> notice)
    {
        var labels = new List<(DateTime Time, ObjectId Id, LabelPart Label)>();
        foreach (var id in store.List(FileKind.Label))
        {
            try
            {
                if (Label.TryRead(store, keys, id) is { } label)
                    labels.Add((label.Time, id, label));
            }
            catch (RepositoryException error)
            {
                notice(error);
            }
        }

        return labels.OrderBy(label => label.Time).ThenBy(label => label.Id).ToLookup(label => label.Label.Snapshot, label => label.Label);
    }

    private static List<string> Tags(Manifest manifest, IEnumerable<LabelPart> labels)
    {
        var tags = new SortedSet<string>(manifest.Structure.Tags, StringComparer.Ordinal);
        foreach (var label in labels)
        {
            tags.ExceptWith(label.Remove);
            tags.UnionWith(label.Add);
        }

        return [.. tags];
    }
}
