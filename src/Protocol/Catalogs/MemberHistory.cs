namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Gathers what a pattern finds in the snapshots of one name: of each path the spans of snapshots in which it is the same. Snapshots are
/// added newest first.
/// </summary>
/// <param name="name">Theirs.</param>
public sealed class MemberHistory(string name)
{
    /// <summary>Spans that are gathered: some 40 MiB. More than that nobody reads.</summary>
    public const int MaxSpans = 100_000;

    /// <summary>Bytes of their paths and names: a hostile tar's are long.</summary>
    private const int MaxText = 32 << 20;

    private readonly List<FoundIn> snapshots = [];
    private readonly Dictionary<byte[], List<Span>> paths = new(PathComparer.Instance);
    private int spans;
    private long text;

    /// <summary>Adds what was found in the next older snapshot.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="entries">Its members that match, as they are extracted. If they cannot all be read, it is as if the snapshot were not there.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is too much; and errors of reading.</exception>
    public void Add(SnapshotInfo snapshot, IEnumerable<CatalogEntry> entries)
    {
        List<(List<Span> Of, Span Found)> added = [];
        List<Span> same = [];
        foreach (var entry in entries)
        {
            if (!paths.TryGetValue(entry.Path, out var known))
                paths.Add(entry.Path, known = []);
            if (known is [.., { } last] && last.Oldest == snapshots.Count - 1 && Compare(entry, last.Entry) == MemberFields.None)
                same.Add(last);
            else
                added.Add((known, Bounded(new Span(entry, snapshots.Count))));
        }

        same.ForEach(span => span.Oldest = snapshots.Count);
        added.ForEach(span => span.Of.Add(span.Found));
        snapshots.Add(new FoundIn(snapshot.Id, snapshot.Time));
    }

    /// <summary>What was found: paths by the newest snapshot that has them, then by their bytes; of each path the newest first.</summary>
    public IEnumerable<FoundMember> Found()
    {
        foreach (var spans in paths.Values.Where(spans => spans.Count > 0).OrderBy(spans => spans[0].Newest).ThenBy(spans => spans[0].Entry.Path, PathComparer.Instance))
        {
            for (var at = 0; at < spans.Count; at++)
                yield return Describe(at == 0 ? null : spans[at - 1], spans[at], spans.ElementAtOrDefault(at + 1));
        }
    }

    private Span Bounded(Span span)
    {
        text += span.Entry.Path.Length + span.Entry.LinkName.Length + span.Entry.UserName.Length + span.Entry.GroupName.Length + span.Entry.TarName.Length;
        return ++spans <= MaxSpans && text <= MaxText
            ? span
            : throw new RepositoryException(ErrorCode.Usage, $"More is found in '{name}' than can be told at once ({MaxSpans}): give a pattern that fits fewer");
    }

    private FoundMember Describe(Span? newer, Span span, Span? older) =>
        new(name, snapshots[span.Newest], snapshots[span.Oldest], span.Oldest - span.Newest + 1, MemberInfo.Of(span.Entry))
        {
            Change = older?.Newest == span.Oldest + 1 ? MemberComparison.Kind(Compare(older.Entry, span.Entry))
                : span.Oldest == snapshots.Count - 1 ? null
                : ChangeKinds.Added,
            GoneIn = span.Newest == 0 || newer?.Oldest == span.Newest - 1 ? null : snapshots[span.Newest - 1],
        };

    // A folder that some member names now is another one.
    private static MemberFields Compare(CatalogEntry one, CatalogEntry other) =>
        one.Place is null != other.Place is null ? MemberFields.Mode : MemberComparison.Compare(one, other);

    private sealed class Span(CatalogEntry entry, int number)
    {
        public CatalogEntry Entry => entry;

        public int Newest { get; } = number;

        public int Oldest { get; set; } = number;
    }

    private sealed class PathComparer : IEqualityComparer<byte[]>, IComparer<byte[]>
    {
        public static PathComparer Instance { get; } = new();

        public int Compare(byte[]? one, byte[]? other) => MemberPath.Compare(one, other);

        public bool Equals(byte[]? one, byte[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(byte[] path) => System.IO.Hashing.XxHash3.HashToUInt64(path).GetHashCode();
    }
}
