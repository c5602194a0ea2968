namespace StreamBack.Protocol.Catalogs;

/// <summary>Reads the records of a run, one after another. Memory: a block, and a record.</summary>
/// <param name="spill">Not disposed.</param>
/// <param name="run">What to read.</param>
internal sealed class RunReader(ICatalogSpill spill, SpilledRun run)
{
    private byte[] bytes = new byte[2 * ICatalogSpill.BlockLength];
    private long nextBlock = run.Begin;
    private long left = run.Length; // bytes of records that have not been passed
    private int at;
    private int filled;
    private RecordLayout current;

    /// <summary>The record at which it stands, after <see cref="MoveNext"/>.</summary>
    public SortedRecord Record => current.Of(bytes.AsSpan(at));

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        at += current.Length;
        left -= current.Length;
        if (left == 0)
            return false;
        while (!RecordLayout.TryRead(bytes.AsSpan(at, filled - at), out current))
            Fill();
        return true;
    }

    private void Fill()
    {
        bytes.AsSpan(at, filled - at).CopyTo(bytes);
        (at, filled) = (0, filled - at);
        if (bytes.Length - filled < ICatalogSpill.BlockLength)
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, filled + ICatalogSpill.BlockLength));
        if (nextBlock == run.End)
            throw new InvalidOperationException("A run of sorted records ends inside one");
        spill.Read(nextBlock++, bytes.AsSpan(filled, ICatalogSpill.BlockLength));
        filled += ICatalogSpill.BlockLength;
    }
}
