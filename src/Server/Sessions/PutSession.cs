using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// One put, from open to commit or abandon. The order of writing lives here: bundles durable, index durable, then, under
/// the commit lock, what was re-used is confirmed present and the manifest appears. Format: 7.
/// </summary>
/// <remarks>
/// Threading: <see cref="Run"/> reads and cuts; other threads hash, deduplicate and write. Dispose without a commit deletes
/// temporary files and leaves finished bundles, which the next put finds.
/// </remarks>
internal sealed class PutSession : IDisposable
{
    /// <summary>The lock that a commit holds, briefly.</summary>
    public const string CommitLock = "commit";

    /// <summary>Bytes read at once.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>How far ahead a given time may be: more is a wrong clock.</summary>
    private static readonly TimeSpan MaxAhead = TimeSpan.FromDays(1);

    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly SnapshotList snapshots;
    private readonly PutRequest request;
    private readonly TransferProgress progress;
    private readonly Action<string> notice;
    private readonly ISessionLock session;
    private readonly PutPipeline pipeline;

    /// <param name="repository">Open; a put key is enough.</param>
    /// <param name="request">What to put.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public PutSession(OpenRepository repository, PutRequest request, TransferProgress progress, Action<string> notice)
    {
        SealedJson.EnsureFits(request.Tags.Concat(request.Command ?? []));
        store = request.DryRun ? new DryRunStore(repository.Store) : repository.Store;
        keys = repository.Keys;
        snapshots = repository.Snapshots;
        this.request = request;
        this.progress = progress;
        this.notice = notice;
        session = store.OpenSession();
        ChunkIndex? index = null;
        try
        {
            store.SweepDeadSessions();
            index = ChunkIndex.Open(store, keys, request.DryRun ? null : session, notice);
            pipeline = new PutPipeline(store, repository.Config, keys, session, index, request.DryRun, ReadNewest, progress, notice);
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
        var received = FormatTime.Now();
        if (request.Time > received + MaxAhead)
            throw new RepositoryException(ErrorCode.Usage, $"The time {request.Time:u} is more than a day ahead of the clock");
        var scanner = request.Raw ? null : new TarScanner(pipeline.Splitter);
        var (hash, length) = ReadAll(source, scanner, cancellation);

        // A source that was ended by the same signal has only its own failure to tell.
        cancellation.ThrowIfCancellationRequested();
        source.EnsureComplete();
        var verdict = scanner?.Finish()
            ?? new TarVerdict(TarKind.Raw, length == 0 ? TarEnding.Empty : TarEnding.Complete, null, 0, 0, 0);
        var marks = Judge(verdict);
        var isTar = verdict.Kind == TarKind.Tar;
        var streams = pipeline.Complete(isTar);
        var content = new ManifestContent
        {
            Sha256 = Convert.ToHexStringLower(hash),
            Members = verdict.Members,
            Command = request.Command,
            RawFrom = isTar ? verdict.RawFrom : null,
        };
        return Commit(Describe(received, length, isTar, marks, streams), content);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pipeline.Dispose();
        session.Dispose();
    }

    private (byte[] Hash, long Length) ReadAll(IStreamSource source, TarScanner? scanner, CancellationToken cancellation)
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

        return (hasher.Finish(), length);
    }

    private List<string> Judge(TarVerdict verdict)
    {
        switch (verdict.Ending)
        {
            case TarEnding.Empty when request.AllowEmpty:
                return [SnapshotMarks.Empty];
            case TarEnding.Empty:
                throw new RepositoryException(ErrorCode.Incomplete, "Input is empty; nothing was kept (--allow-empty keeps it)");
            case TarEnding.Truncated when request.AllowTruncated:
                notice($"{verdict.Message}; kept, marked truncated");
                return [SnapshotMarks.Truncated];
            case TarEnding.Truncated:
                throw new RepositoryException(ErrorCode.Incomplete, $"{verdict.Message}; nothing was kept (--allow-truncated keeps it)");
            case TarEnding.RawTail:
                notice(verdict.Message!);
                return [SnapshotMarks.RawTail];
            default:
                if (verdict.Message is not null)
                    notice(verdict.Message);
                return [];
        }
    }

    private ManifestStructure Describe(
        DateTime received, long length, bool isTar, IReadOnlyList<string> marks, IReadOnlyDictionary<string, RecipeRoot> streams)
    {
        var stats = pipeline.Stats;
        return new ManifestStructure
        {
            Name = request.Name.ToString(),
            Time = FormatTime.Trim(request.Time ?? received),
            Received = received,
            Kind = isTar ? SnapshotKinds.Tar : SnapshotKinds.Raw,
            Length = length,
            StoredBytes = pipeline.StoredBytes,
            Chunks = stats.Chunks,
            NewChunks = stats.NewChunks,
            NewChunkBytes = stats.NewChunkBytes,
            Tags = [.. request.Tags.Distinct().Order(StringComparer.Ordinal)],
            Marks = marks,
            Previous = null,
            Random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            ContentPart = "",
            Streams = streams,
        };
    }

    private SnapshotInfo Commit(ManifestStructure manifest, ManifestContent content)
    {
        if (request.DryRun)
            return new Manifest(default, manifest, content).ToInfo(manifest.Tags) with { Id = "" };
        using var held = store.Lock(CommitLock);
        ConfirmReused();
        manifest = manifest with { Previous = snapshots.Newest(request.Name, notice)?.Id };
        var bytes = Manifest.Write(keys, manifest, content);
        using var file = store.Create(FileKind.Snapshot, session);
        file.Write(bytes);
        return new Manifest(file.Commit(), manifest, content).ToInfo(manifest.Tags);
    }

    private Manifest? ReadNewest()
    {
        try
        {
            return ObjectId.TryParse(snapshots.Newest(request.Name, notice)?.Id, out var id) ? Manifest.TryRead(store, keys, id, withContent: false) : null;
        }
        catch (RepositoryException error)
        {
            // Damaged since the list was read: fewer similar chunks are found, nothing else.
            notice(error.Message);
            return null;
        }
    }

    private void ConfirmReused()
    {
        foreach (var bundle in pipeline.BundlesNeeded)
        {
            if (store.Length(FileKind.Bundle, bundle) is null)
                throw new RepositoryException(ErrorCode.Failed, $"Bundle {bundle} vanished during the put; run it again");
        }
    }
}
