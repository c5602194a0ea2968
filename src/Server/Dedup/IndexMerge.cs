namespace StreamBack.Server.Dedup;

/// <summary>Which index files to merge, and their records in one order.</summary>
internal static class IndexMerge
{
    /// <summary>Held while files are merged.</summary>
    public const string LockName = "index";

    /// <summary>A merge of fewer files is not worth the writing.</summary>
    private const int FewestFiles = 4;

    /// <summary>
    /// The longest run of the smallest files in which each is at most twice as large as all before it together. So a record is
    /// written again only about once for each doubling, and the files that stay differ in size by more than that.
    /// </summary>
    public static IReadOnlyList<IndexFile> Choose(IReadOnlyList<IndexFile> files)
    {
        var bySize = files.OrderBy(file => file.Records).ToList();
        var (chosen, sum) = (0, 0L);
        for (var count = 0; count < bySize.Count; count++)
        {
            if (count > 0 && bySize[count].Records <= 2 * sum)
                chosen = count + 1;
            sum += bySize[count].Records;
        }

        return chosen >= FewestFiles ? bySize[..chosen] : [];
    }

    /// <summary>All records of sorted files, sorted; the very same record in two files comes once.</summary>
    public static IEnumerable<IndexRecord> Records(IEnumerable<IndexFile> files) => Records(files.Select(file => file.All()));

    /// <summary>The same of whatever is sorted.</summary>
    public static IEnumerable<IndexRecord> Records(IEnumerable<IEnumerable<IndexRecord>> sorted)
    {
        var queue = new PriorityQueue<IEnumerator<IndexRecord>, (Protocol.Chunking.ChunkId, Protocol.ObjectId, int)>();
        foreach (var records in sorted)
            Advance(queue, records.GetEnumerator());
        IndexRecord? last = null;
        while (queue.TryDequeue(out var source, out _))
        {
            var record = source.Current;
            if (record != last)
                yield return record;
            last = record;
            Advance(queue, source);
        }
    }

    private static void Advance(
        PriorityQueue<IEnumerator<IndexRecord>, (Protocol.Chunking.ChunkId, Protocol.ObjectId, int)> queue, IEnumerator<IndexRecord> source)
    {
        if (source.MoveNext())
            queue.Enqueue(source, (source.Current.Id, source.Current.Place.Bundle, source.Current.Place.Entry));
        else
            source.Dispose();
    }
}
