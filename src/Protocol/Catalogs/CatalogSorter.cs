using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Brings the members of a tar into the order of their keys. What does not fit into memory goes beside it as sorted runs, which are
/// merged: always many of one size into one, so that each record is written a few times whatever the tar.
/// </summary>
/// <remarks>Threading: one thread. Owns what it spills to.</remarks>
/// <param name="newSpill">Makes room beside memory; asked at most once.</param>
/// <param name="maxBytes">Bytes of records in memory.</param>
internal sealed class CatalogSorter(Func<ICatalogSpill> newSpill, int maxBytes) : IDisposable
{
    /// <summary>Runs that are merged at once, each with two blocks or a long record: as much memory as what is sorted, twice.</summary>
    private readonly int maxRuns = Math.Clamp(maxBytes / ICatalogSpill.BlockLength, 4, 32);

    private readonly List<List<SpilledRun>> levels = []; // runs of about maxBytes times maxRuns to the level's power
    private readonly List<Slot> slots = [];
    private ArrayBufferWriter<byte> records = new();
    private ICatalogSpill? spill;
    private long blocks;

    /// <summary>What is done with a record.</summary>
    public delegate void Visit(in SortedRecord record);

    /// <summary>Adds a record.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> facts, in MemberPlace place)
    {
        slots.Add(new Slot(records.WrittenCount, Varint.Size((ulong)key.Length), key.Length, place.HeaderOffset));
        SortedRecord.Write(records, key, facts, place);
        if (records.WrittenCount >= maxBytes)
            SpillRecords();
    }

    /// <summary>No more come: does all that may need more room.</summary>
    public void Complete()
    {
        if (spill is null)
            return;
        if (slots.Count > 0)
            SpillRecords();
        for (var level = 0; levels.Sum(runs => runs.Count) > maxRuns; level++)
            MergeLevel(level);
    }

    /// <summary>Gives all records, in order. To be called once, after <see cref="Complete"/>.</summary>
    public void Finish(Visit visit)
    {
        if (spill is null)
            VisitSorted(visit);
        else
            RunMerge.Merge(levels.SelectMany(runs => runs).Select(run => new RunReader(spill, run)), visit);
    }

    /// <inheritdoc/>
    public void Dispose() => spill?.Dispose();

    private void VisitSorted(Visit visit)
    {
        var all = records.WrittenMemory;
        slots.Sort((left, right) => SortedRecord.Compare(left.Key(all.Span), left.HeaderOffset, right.Key(all.Span), right.HeaderOffset));
        foreach (var slot in slots)
        {
            var bytes = all.Span[slot.Start..];
            RecordLayout.TryRead(bytes, out var layout);
            visit(layout.Of(bytes));
        }
    }

    private void SpillRecords()
    {
        spill ??= newSpill();
        var writer = new RunWriter(spill, blocks);
        VisitSorted(writer.Add);
        Keep(0, writer.Finish());
        slots.Clear();
        if (records.Capacity > 2 * maxBytes)
            records = new();
        else
            records.ResetWrittenCount();
    }

    private void Keep(int level, SpilledRun run)
    {
        blocks = run.End;
        if (levels.Count == level)
            levels.Add([]);
        levels[level].Add(run);
        if (levels[level].Count == maxRuns)
            MergeLevel(level);
    }

    private void MergeLevel(int level)
    {
        if (levels[level].Count == 0)
            return;
        var writer = new RunWriter(spill!, blocks);
        RunMerge.Merge(levels[level].Select(run => new RunReader(spill!, run)), writer.Add);
        levels[level].Clear();
        Keep(level + 1, writer.Finish());
    }

    // A record in memory: where it and its key are, and what it is sorted by besides.
    private readonly record struct Slot(int Start, int KeyAt, int KeyLength, long HeaderOffset)
    {
        public ReadOnlySpan<byte> Key(ReadOnlySpan<byte> records) => records.Slice(Start + KeyAt, KeyLength);
    }
}
