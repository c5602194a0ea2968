using System.Buffers;
using System.Net;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Puts;

/// <summary>A record on its way.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Data">What it holds.</param>
/// <param name="Done">Called when nobody sends it any more; null if nobody minds.</param>
internal sealed record OutgoingRecord(RecordKind Kind, ReadOnlyMemory<byte> Data, Action? Done = null)
{
    /// <summary>What stands before <see cref="Data"/>.</summary>
    public ReadOnlyMemory<byte> Before { get; init; }

    /// <summary>Bytes on the wire.</summary>
    public int Length => RecordFormat.HeadLength + Before.Length + Data.Length;

    /// <summary>Nobody sends it any more.</summary>
    public void Release() => Done?.Invoke();
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
            RecordFormat.WriteHead(head, record.Kind, record.Before.Length + record.Data.Length);
            stream.Write(head);
            stream.Write(record.Before.Span);
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
