using StreamBack.Protocol;

namespace StreamBack.Server.Snapshots;

/// <summary>Small files of a kind, which never change: each is read once, so a second list costs their names.</summary>
/// <param name="list">Their names, as they are now.</param>
/// <param name="read">Reads one; null if it is gone.</param>
/// <param name="isKept">Whether one is small enough to be kept: others are read each time.</param>
/// <remarks>Threading: any. Memory: what was kept of the last list.</remarks>
internal sealed class ReadOnce<T>(Func<IEnumerable<ObjectId>> list, Func<ObjectId, T?> read, Func<T, bool> isKept)
    where T : class
{
    // Replaced as a whole, never changed.
    private volatile Dictionary<ObjectId, T> known = [];

    /// <summary>Whether one was read and kept when they were listed last.</summary>
    public bool IsKnown(ObjectId id) => known.ContainsKey(id);

    /// <summary>Reads all.</summary>
    /// <param name="damaged">Told of each that cannot be read; the others are given.</param>
    /// <returns>In the order of the list.</returns>
    public List<(ObjectId Id, T Value)> Read(Action<RepositoryException> damaged)
    {
        var before = known;
        var all = new List<(ObjectId Id, T Value)>();
        foreach (var id in list())
        {
            try
            {
                if ((before.GetValueOrDefault(id) ?? read(id)) is { } value)
                    all.Add((id, value));
            }
            catch (RepositoryException error)
            {
                damaged(error);
            }
        }

        known = all.Where(one => isKept(one.Value)).DistinctBy(one => one.Id).ToDictionary(one => one.Id, one => one.Value);
        return all;
    }
}
