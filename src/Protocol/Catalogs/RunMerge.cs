namespace StreamBack.Protocol.Catalogs;

/// <summary>Makes one order of several.</summary>
internal static class RunMerge
{
    /// <summary>Gives the records of all runs in order; of equal ones those of earlier runs first.</summary>
    public static void Merge(IEnumerable<RunReader> runs, CatalogSorter.Visit visit)
    {
        // A heap by hand: the library's takes keys by value, and these are spans.
        List<(RunReader Run, int Number)> heap = [];
        foreach (var run in runs)
        {
            if (!run.MoveNext())
                continue;
            heap.Add((run, heap.Count));
            for (var at = heap.Count - 1; at > 0 && IsBefore(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
                (heap[at], heap[(at - 1) / 2]) = (heap[(at - 1) / 2], heap[at]);
        }

        while (heap.Count > 0)
        {
            visit(heap[0].Run.Record);
            if (!heap[0].Run.MoveNext())
            {
                heap[0] = heap[^1];
                heap.RemoveAt(heap.Count - 1);
            }

            Sink(heap);
        }
    }

    private static void Sink(List<(RunReader Run, int Number)> heap)
    {
        for (var at = 0; ;)
        {
            var least = at;
            for (var child = (2 * at) + 1; child <= (2 * at) + 2 && child < heap.Count; child++)
            {
                if (IsBefore(heap[child], heap[least]))
                    least = child;
            }

            if (least == at)
                return;
            (heap[at], heap[least]) = (heap[least], heap[at]);
            at = least;
        }
    }

    private static bool IsBefore((RunReader Run, int Number) left, (RunReader Run, int Number) right)
    {
        var (one, other) = (left.Run, right.Run);
        var order = SortedRecord.Compare(one.Record.Key, one.Record.Place.HeaderOffset, other.Record.Key, other.Record.Place.HeaderOffset);
        return order != 0 ? order < 0 : left.Number < right.Number;
    }
}
