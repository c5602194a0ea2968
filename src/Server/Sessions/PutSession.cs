using StreamBack.Protocol;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>One put of a stream that passes here, from open to commit or abandon.</summary>
/// <remarks>
/// Threading: <see cref="Run"/> reads and cuts; other threads hash, deduplicate and write. Dispose without a commit deletes
/// temporary files and leaves finished bundles, which the next put finds.
/// </remarks>
internal sealed class PutSession : IDisposable
{
    /// <summary>Bytes read at once.</summary>
    private const int BlockLength = 256 << 10;

    private readonly PutRequest request;
    private readonly TransferProgress progress;
    private readonly Action<string> notice;
    private readonly ISessionLock session;
    private readonly PutCommit commit;
    private readonly PutPipeline pipeline;

    /// <param name="repository">Open; a put key is enough.</param>
    /// <param name="request">What to put.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, and any of opening the index.</exception>
    public PutSession(OpenRepository repository, PutRequest request, TransferProgress progress, Action<string> notice)
    {
        SealedJson.EnsureFits(request.Tags.Concat(request.Command ?? []));
        IFileStore store = request.DryRun ? new DryRunStore(repository.Store) : repository.Store;
        this.request = request;
        this.progress = progress;
        this.notice = notice;
        session = store.OpenSession();
        ChunkIndex? index = null;
        try
        {
            commit = new PutCommit(repository, store, request, session, FormatTime.Now(), notice);
            store.SweepDeadSessions();
            index = ChunkIndex.Open(store, repository.Keys, request.DryRun ? null : session, notice);
            pipeline = new PutPipeline(store, repository.Config, repository.Keys, session, index, request.DryRun, commit.ReadNewest, progress, notice);
        }
        catch
        {
            index?.Dispose();
            session.Dispose();
            throw;
        }
    }

    /// <summary>Reads the source to its end and commits.</summary>
    /// <returns>The new snapshot; for a dry run, what it would be.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Incomplete"/>, and any of storing.</exception>
    public SnapshotInfo Run(IStreamSource source, CancellationToken cancellation)
    {
        var scanner = request.Raw ? null : new TarScanner(pipeline.Splitter);
        var (hash, length) = ReadAll(source, scanner, cancellation);

        // A source that was ended by the same signal has only its own failure to tell.
        cancellation.ThrowIfCancellationRequested();
        source.EnsureComplete();
        source.EnsureHash(hash, length);
        var verdict = scanner?.Finish() ?? TarVerdict.OfRaw(length);
        var marks = PutMarks.Judge(request, verdict, notice);
        return commit.Run(pipeline, new PutEnd(length, hash, verdict.Kind == TarKind.Tar, verdict.Members, verdict.RawFrom, marks, request.Command));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pipeline.Dispose();
        session.Dispose();
    }

    private (string Hash, long Length) ReadAll(IStreamSource source, TarScanner? scanner, CancellationToken cancellation)
    {
        using var hasher = new StreamHasher();
        var length = 0L;
        for (var ended = false; !ended;)
        {
            var block = new SharedBytes(BlockLength);
            var filled = 0;
            while (filled < BlockLength && !ended)
            {
                cancellation.ThrowIfCancellationRequested();
                var read = source.Read(block.Span[filled..]);
                ended = read == 0;
                filled += read;
                progress.Bytes = length + filled; // a slow source shows too
            }

            hasher.Append(block, filled);
            if (scanner is null)
                pipeline.Splitter.Payload(block.Span[..filled]);
            else
                scanner.Scan(block.Span[..filled]);
            length += filled;
            block.Release();
        }

        return (Convert.ToHexStringLower(hasher.Finish()), length);
    }
}
