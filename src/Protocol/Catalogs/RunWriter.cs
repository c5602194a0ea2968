using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Writes sorted records beside memory, one block after another.</summary>
/// <param name="spill">Not disposed.</param>
/// <param name="begin">How many blocks it has.</param>
internal sealed class RunWriter(ICatalogSpill spill, long begin)
{
    private readonly ArrayBufferWriter<byte> waiting = new(2 * ICatalogSpill.BlockLength);
    private long blocks;
    private long length;

    /// <summary>Adds the next record.</summary>
    public void Add(in SortedRecord record)
    {
        SortedRecord.Write(waiting, record.Key, record.Facts, record.Place);
        if (waiting.WrittenCount < ICatalogSpill.BlockLength)
            return;
        var rest = waiting.WrittenSpan;
        for (; rest.Length >= ICatalogSpill.BlockLength; rest = rest[ICatalogSpill.BlockLength..])
            Append(rest[..ICatalogSpill.BlockLength]);
        var kept = rest.ToArray();
        waiting.ResetWrittenCount();
        waiting.Write(kept);
    }

    /// <summary>Ends the run.</summary>
    public SpilledRun Finish()
    {
        var last = waiting.WrittenCount;
        if (last > 0)
        {
            waiting.GetSpan(ICatalogSpill.BlockLength - last)[..(ICatalogSpill.BlockLength - last)].Clear();
            waiting.Advance(ICatalogSpill.BlockLength - last);
            Append(waiting.WrittenSpan);
            length -= ICatalogSpill.BlockLength - last;
        }

        return new SpilledRun(begin, begin + blocks, length);
    }

    private void Append(ReadOnlySpan<byte> block)
    {
        spill.Append(block);
        blocks++;
        length += block.Length;
    }
}
