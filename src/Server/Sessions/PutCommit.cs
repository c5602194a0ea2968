using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// The end of a put. The order of writing lives here: bundles durable, index durable, then, under the commit lock, what was
/// re-used is confirmed present and the manifest appears. Format: 7.
/// </summary>
/// <remarks>Threading: <see cref="ReadNewest"/> by any thread, the rest by one.</remarks>
internal sealed class PutCommit
{
    /// <summary>The lock that a commit holds, briefly.</summary>
    public const string CommitLock = "commit";

    /// <summary>How far ahead a given time may be: more is a wrong clock.</summary>
    private static readonly TimeSpan MaxAhead = TimeSpan.FromDays(1);

    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly SnapshotList snapshots;
    private readonly PutRequest request;
    private readonly ISessionLock session;
    private readonly Action<string> notice;
    private readonly DateTime received;
    private readonly CopySet? copySet;

    /// <param name="repository">Open; a put key is enough.</param>
    /// <param name="store">Its store, or what stands in for it in a dry run.</param>
    /// <param name="request">What to put.</param>
    /// <param name="session">Whose files they are.</param>
    /// <param name="received">When the put began, by the repository's clock.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the time that is asked for is ahead of the clock.</exception>
    public PutCommit(
        OpenRepository repository, IFileStore store, PutRequest request, ISessionLock session, DateTime received, Action<string> notice)
    {
        if (request.Time > received + MaxAhead)
            throw new RepositoryException(ErrorCode.Usage, $"The time {request.Time:u} is more than a day ahead of the clock");
        this.store = store;
        this.request = request;
        this.session = session;
        this.received = received;
        this.notice = notice;
        keys = repository.Keys;
        snapshots = repository.Snapshots;
        copySet = repository.Copies;
    }

    /// <summary>The newest snapshot of the same name; null if there is none that can be read.</summary>
    public Manifest? ReadNewest()
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

    /// <summary>Makes all that the pipeline has durable, then the snapshot.</summary>
    /// <param name="pipeline">Has been given the whole stream.</param>
    /// <param name="end">What is known of the stream.</param>
    /// <param name="appearing">Told the snapshot's id before there is a snapshot of that id; null for nobody.</param>
    /// <returns>The snapshot; for a dry run, what it would be, without id.</returns>
    public SnapshotInfo Run(PutPipeline pipeline, PutEnd end, Action<ObjectId>? appearing = null)
    {
        var manifest = Describe(pipeline, end, pipeline.Complete(end.IsTar));
        var content = new ManifestContent { Sha256 = end.Sha256, Members = end.Members, Command = end.Command, RawFrom = end.IsTar ? end.RawFrom : null };
        if (request.DryRun)
            return new Manifest(default, manifest, content).ToInfo(manifest.Tags) with { Id = "" };
        using var copies = copySet?.Begin();
        copies?.Bring([.. pipeline.BundlesNeeded]); // most of it before others wait
        using var held = store.Lock(CommitLock);
        Confirm(store, [.. pipeline.BundlesNeeded], pipeline.Wrote);
        copies?.Bring([.. pipeline.BundlesNeeded]);
        manifest = manifest with { Previous = snapshots.Newest(request.Name, notice)?.Id };
        var bytes = Manifest.Write(keys, manifest, content);
        appearing?.Invoke(new ObjectId(SHA256.HashData(bytes)));
        using var file = store.Create(FileKind.Snapshot, session);
        file.Write(bytes);
        copies?.Appear(bytes); // before it is here: what is here was acknowledged, or will be
        return new Manifest(file.Commit(), manifest, content).ToInfo(manifest.Tags);
    }

    /// <summary>Makes a manifest appear that was made elsewhere, once all that it rests on is there.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="needed">The bundles that it rests on.</param>
    /// <param name="manifest">Written to its end.</param>
    public static void Take(IFileStore store, IReadOnlyCollection<ObjectId> needed, IFileWriter manifest)
    {
        using var held = store.Lock(CommitLock);
        Confirm(store, needed, _ => false);
        manifest.Commit();
    }

    /// <summary>Brings back bundles from the trash.</summary>
    public static void BringBack(IFileStore store, IReadOnlyCollection<ObjectId> bundles)
    {
        if (bundles.Count == 0)
            return;
        using var held = store.Lock(CommitLock);
        foreach (var bundle in bundles)
            store.Move(FileKind.UnusedBundle, FileKind.Bundle, bundle);
    }

    private ManifestStructure Describe(PutPipeline pipeline, PutEnd end, IReadOnlyDictionary<string, RecipeRoot> streams)
    {
        var growth = pipeline.GrowthWith(pipeline.Stats);
        return new ManifestStructure
        {
            Name = request.Name.ToString(),
            Time = FormatTime.Trim(request.Time ?? received),
            Received = received,
            Took = Math.Max(0, (long)(FormatTime.Now() - received).TotalMilliseconds),
            Kind = end.IsTar ? SnapshotKinds.Tar : SnapshotKinds.Raw,
            Length = end.Length,
            StoredBytes = growth.StoredBytes,
            Chunks = pipeline.Stats.Chunks,
            NewChunks = growth.NewChunks,
            NewChunkBytes = growth.NewChunkBytes,
            Tags = [.. request.Tags.Distinct().Order(StringComparer.Ordinal)],
            Marks = end.Marks,
            Previous = null,
            Random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            ContentPart = "",
            Streams = streams,
        };
    }

    // A prune may have found one unused meanwhile; it cannot give it back before this session has ended.
    private static void Confirm(IFileStore store, IReadOnlyCollection<ObjectId> needed, Func<ObjectId, bool> isDurable)
    {
        foreach (var bundle in needed)
        {
            if (store.Length(FileKind.Bundle, bundle) is null && !store.Move(FileKind.UnusedBundle, FileKind.Bundle, bundle))
                throw new RepositoryException(ErrorCode.Failed, $"Bundle {bundle} vanished during the put; run it again");
        }

        // Whoever wrote it may have been killed before its name was.
        store.MakeDurable(FileKind.Bundle, needed.Where(bundle => !isDurable(bundle)));
    }
}
