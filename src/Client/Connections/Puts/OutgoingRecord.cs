using System.Buffers;
using System.Net;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Puts;

/// <summary>A record on its way.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Data">What it holds.</param>
/// <param name="Rented">The buffer of <paramref name="Data"/>, if it has to be given back.</param>
internal sealed record OutgoingRecord(RecordKind Kind, ReadOnlyMemory<byte> Data, byte[]? Rented = null)
{
    /// <summary>Bytes on the wire.</summary>
    public int Length => RecordFormat.HeadLength + Data.Length;

    /// <summary>Gives the buffer back: nobody sends it any more.</summary>
    public void Release()
    {
        if (Rented is not null)
            ArrayPool<byte>.Shared.Return(Rented);
    }
}

/// <summary>Records as the body of a request.</summary>
internal sealed class RecordsContent(IReadOnlyList<OutgoingRecord> records, CancellationToken cancellation) : HttpContent
{
    /// <inheritdoc/>
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Span<byte> head = stackalloc byte[RecordFormat.HeadLength];
        foreach (var record in records)
        {
            cancellation.ThrowIfCancellationRequested();
            RecordFormat.WriteHead(head, record.Kind, record.Data.Length);
            stream.Write(head);
            stream.Write(record.Data.Span);
        }
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        SerializeToStream(stream, context, cancellation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = records.Sum(record => (long)record.Length);
        return true;
    }
}
