using System.Buffers;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Passes sorted records on, without folders that a member names or that are there already.</summary>
/// <param name="writer">Gets the others.</param>
internal sealed class UnnamedFilter(CatalogWriter writer)
{
    private readonly ArrayBufferWriter<byte> waiting = new(); // a folder that no member has named so far
    private readonly ArrayBufferWriter<byte> last = new(); // the key before
    private bool any;

    /// <summary>Takes the next record.</summary>
    public void Add(in SortedRecord record)
    {
        var isKnown = any && record.Key.SequenceEqual(last.WrittenSpan);
        if (isKnown && record.IsUnnamed)
            return;
        if (!isKnown)
        {
            Finish();
            any = true;
            last.ResetWrittenCount();
            last.Write(record.Key);
        }

        waiting.ResetWrittenCount();
        if (record.IsUnnamed)
            SortedRecord.Write(waiting, record.Key, record.Facts, record.Place);
        else
            writer.Add(record);
    }

    /// <summary>Nothing follows.</summary>
    public void Finish()
    {
        if (RecordLayout.TryRead(waiting.WrittenSpan, out var layout))
            writer.Add(layout.Of(waiting.WrittenSpan));
        waiting.ResetWrittenCount();
    }
}
