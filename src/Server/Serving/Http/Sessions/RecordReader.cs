using StreamBack.Protocol;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A record of a put session.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Buffer">Rented; whoever takes the record gives it back.</param>
/// <param name="Length">Bytes in it.</param>
internal readonly record struct Record(RecordKind Kind, byte[] Buffer, int Length)
{
    /// <summary>What it holds.</summary>
    public ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    /// <summary>Gives the buffer back.</summary>
    public void Release() => BlockPool.Shared.Return(Buffer);
}

/// <summary>Takes a body apart into records; one that is cut is none.</summary>
/// <remarks>Threading: one thread, which it blocks.</remarks>
internal sealed class RecordReader(IStreamSource body)
{
    private readonly byte[] head = new byte[RecordFormat.HeadLength];

    /// <summary>Reads the next record.</summary>
    /// <returns>False at the end of the body.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, or <see cref="ErrorCode.Incomplete"/> if the body breaks off.</exception>
    public bool TryRead(out Record record)
    {
        record = default;
        if (!TryFill(head, mayEnd: true))
            return false;
        var (kind, length) = RecordFormat.ReadHead(head);
        var buffer = BlockPool.Shared.Rent(length);
        try
        {
            TryFill(buffer.AsSpan(0, length), mayEnd: false);
        }
        catch
        {
            BlockPool.Shared.Return(buffer);
            throw;
        }

        record = new Record(kind, buffer, length);
        return true;
    }

    private bool TryFill(Span<byte> target, bool mayEnd)
    {
        var filled = 0;
        while (filled < target.Length)
        {
            var read = body.Read(target[filled..]);
            if (read == 0 && filled == 0 && mayEnd)
                return false;
            if (read == 0)
                throw new RepositoryException(ErrorCode.Usage, "The body ends inside a record");
            filled += read;
        }

        return true;
    }
}
