using System.IO.Hashing;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Crypto;

namespace StreamBack.Client.Connections.Puts;

/// <summary>
/// A put to a server, in several requests. Who may read what is there asks for it before sending; everybody else sends all.
/// Either way a lost connection is gone on with.
/// </summary>
/// <param name="connection">How requests get there.</param>
/// <param name="retryFor">How long a lost connection is tried again.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
internal sealed class PutOverSession(HttpConnection connection, TimeSpan retryFor, Action<string> notice)
{
    /// <summary>Bytes read at once where the stream is cut here.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Puts a stream.</summary>
    /// <param name="access">What one may do.</param>
    public SnapshotInfo Run(PutRequest request, IStreamSource source, Access access, TransferProgress progress, CancellationToken cancellation)
    {
        var asks = !request.Stream && !request.DryRun && access.Capabilities.HasFlag(Capabilities.Put | Capabilities.Get) && access.Covers(request.Name.ToString());
        var retries = new Retries(retryFor, notice, cancellation);
        using var session = PutSessionClient.Begin(connection, request, asks ? Wire.ChunksMode : Wire.StreamMode, retries, cancellation);
        try
        {
            return asks
                ? PutChunks(request, source, session, retries, progress, cancellation)
                : PutStream(source, session, retries, progress, cancellation);
        }
        catch (Exception error) when (error is not ConnectionLostException)
        {
            session.Abandon();
            throw;
        }
    }

    private static SnapshotInfo PutStream(
        IStreamSource source, PutSessionClient session, Retries retries, TransferProgress progress, CancellationToken cancellation)
    {
        using var sender = new StreamSender(session, retries);
        var hash = new XxHash128();
        var length = 0L;
        for (var ended = false; !ended;)
        {
            var block = sender.Rent();
            var filled = Fill(source, block, length, progress, cancellation);
            ended = filled < block.Length;
            length += filled;
            hash.Append(block.AsSpan(0, filled));
            if (filled > 0)
                sender.Send(block, filled);
        }

        cancellation.ThrowIfCancellationRequested();
        source.EnsureComplete();
        return sender.Complete(new SessionEnd(length, Xxh128: Convert.ToHexStringLower(hash.GetCurrentHash())));
    }

    private SnapshotInfo PutChunks(
        PutRequest request, IStreamSource source, PutSessionClient session, Retries retries, TransferProgress progress, CancellationToken cancellation)
    {
        if (session.Begun is not { GearTable: { } table, AverageChunk: { } average })
            throw new RepositoryException(ErrorCode.Failed, "The server does not tell how streams are cut");
        var parameters = ChunkingParameters.ForAverage(average);
        using var sender = new ChunkSender(session, parameters, retries, progress);
        using var splitter = new StreamSplitter(
            new RollingHash(table), parameters, sender.Rent, (lane, batch) => sender.Add(new UploadBatch(lane, batch, sender.Asks)), () => new SealedSpill());
        var scanner = request.Raw ? null : new TarScanner(splitter);
        var (hash, length) = Cut(source, scanner, splitter, progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
        source.EnsureComplete();
        var verdict = scanner?.Finish() ?? TarVerdict.OfRaw(length);
        var marks = PutMarks.Judge(request, verdict, notice);
        var isTar = verdict.Kind == TarKind.Tar;
        splitter.Finish(isTar);
        if (isTar && splitter.CatalogFailure is { } failure)
            notice($"No catalog of the members is stored, so the snapshot can be got, and not looked into: {failure}");
        return sender.Complete(new SessionEnd(
            length, hash, Xxh128: null, isTar ? SnapshotKinds.Tar : SnapshotKinds.Raw, verdict.Members, isTar ? verdict.RawFrom : null, marks, request.Command));
    }

    private static (string Hash, long Length) Cut(
        IStreamSource source, TarScanner? scanner, StreamSplitter splitter, TransferProgress progress, CancellationToken cancellation)
    {
        using var hash = new RunningHash();
        var blocks = RunningHash.Blocks(BlockLength);
        var length = 0L;
        for (var turn = 0; ; turn = (turn + 1) % RunningHash.Ring)
        {
            var filled = Fill(source, blocks[turn], length, progress, cancellation);
            hash.Append(blocks[turn].AsMemory(0, filled));
            if (scanner is null)
                splitter.Payload(blocks[turn].AsSpan(0, filled));
            else
                scanner.Scan(blocks[turn].AsSpan(0, filled));
            length += filled;
            if (filled < BlockLength)
                return (hash.Finish(), length);
        }
    }

    // Less than a full block only at the end.
    private static int Fill(IStreamSource source, byte[] block, long length, TransferProgress progress, CancellationToken cancellation)
    {
        var filled = 0;
        while (filled < block.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = source.Read(block.AsSpan(filled));
            if (read == 0)
                break;
            filled += read;
            progress.Bytes = length + filled; // a slow source shows too
        }

        return filled;
    }
}
