using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Verifies a repository: that its config is the one it was opened with, that every file is what its name says and opens, that
/// the index agrees with the bundles, and that every snapshot finds all that it needs; on request also every byte of every
/// bundle. Names each damaged object and the snapshots that it touches.
/// </summary>
/// <remarks>
/// Threading: one thread. Writes nothing but a session's lock. While others put and prune it tells of the repository as it was
/// when it began.
/// </remarks>
internal sealed class RepositoryCheck : IDisposable
{
    /// <summary>Frames kept while deltas are verified with their bases; 1 MiB each.</summary>
    private const int CachedFrames = 48;

    private readonly OpenRepository repository;
    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private readonly RepositoryConfig config;
    private readonly Action<string> notice;
    private readonly TransferProgress progress;
    private readonly CancellationToken cancellation;
    private readonly Damage damage = new();
    private readonly FileCheck files;
    private readonly ISessionLock? session;
    private readonly HashSet<ObjectId> roots;
    private readonly FrameCache frames;
    private readonly ChunkIndex index;
    private readonly IReadOnlyList<ObjectId> bundles;
    private long chunks;

    /// <param name="repository">What to verify.</param>
    /// <param name="verified">Which bundles' bytes are next, and which have been verified.</param>
    /// <param name="notice">Told what is no damage and a user should know all the same: a line each.</param>
    /// <param name="progress">Told how many bytes will be read, and have been: those of bundles whose chunks are opened, twice.</param>
    public RepositoryCheck(OpenRepository repository, VerifiedBundles verified, Action<string> notice, TransferProgress progress, CancellationToken cancellation)
    {
        this.repository = repository;
        (store, config, keys) = repository;
        files = new FileCheck(store, verified, damage, progress, cancellation);
        this.notice = notice;
        this.progress = progress;
        this.cancellation = cancellation;
        session = ReadingSession.TryOpen(store);
        frames = new FrameCache(store, keys, CachedFrames);
        try
        {
            // Before the index, which then knows all that they rest on; a session that is alive keeps that where it is, or in the trash.
            roots = Roots.List(store);

            // What the index says of itself here is found again, with its object's name, by CheckIndex.
            index = ChunkIndex.Open(store, keys, session: null, _ => { });
            bundles = [.. index.Bundles.Order()];
        }
        catch
        {
            frames.Dispose();
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Runs the check.</summary>
    /// <param name="request">
    /// How far it goes. With a put key the data is every file's hash and every footer; chunks stay closed.
    /// </param>
    public CheckReport Run(CheckRequest request)
    {
        Guard("config", CheckConfig);
        var opensChunks = request.ReadData && keys.OpensContent;
        var chosen = request.ReadData ? files.Choose(bundles, request.Part) : [];
        progress.Total = files.SmallBytes + ((opensChunks ? 2 : 1) * chosen.Sum(id => store.Length(FileKind.Bundle, id) ?? 0));
        files.CheckSmall();
        var indexFiles = new IndexCheck(store, keys, cancellation);
        foreach (var id in bundles)
            CheckBundle(id, indexFiles);
        CheckIndex(indexFiles);
        var read = ReadData(chosen, opensChunks, request);
        var snapshots = CheckSnapshots();
        foreach (var id in store.List(FileKind.Label))
            Guard($"label {id}", () => PartFiles.Label.TryRead(store, keys, id));
        foreach (var id in store.List(FileKind.Removal))
            Guard($"removal record {id}", () => PartFiles.Removal.TryRead(store, keys, id));
        return new CheckReport(snapshots, bundles.Count, chunks, files.BytesRead, opensChunks && read == bundles.Count, damage.Report(), read);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        index.Dispose();
        frames.Dispose();
        session?.Dispose();
    }

    private void CheckConfig()
    {
        var stored = store.ReadConfig() ?? throw new RepositoryException(ErrorCode.Corrupt, "config: is missing");
        if (!stored.AsSpan().SequenceEqual(config.Write()))
            throw new RepositoryException(ErrorCode.Corrupt, "config: is damaged: it is not what the repository was opened with");
    }

    private void CheckBundle(ObjectId id, IndexCheck indexFiles)
    {
        var isSound = Guard($"bundle {id}", () =>
        {
            var bundle = frames.Bundle(id);
            chunks += bundle.Footer.Count;
            indexFiles.Add(bundle);
        });
        if (!isSound)
            index.Exclude(id);
    }

    private int ReadData(List<ObjectId> chosen, bool opensChunks, CheckRequest request)
    {
        using var reading = new ChunkCheck(keys, index, frames, damage, bytes => progress.Bytes += bytes, cancellation);
        return files.ReadBundles(bundles, chosen, request, id => !opensChunks || !index.Bundles.Contains(id) || Guard($"bundle {id}", () => CheckChunks(reading, frames.Bundle(id))));
    }

    // Footers, and what was passed over, count as well: the sum is that of the files.
    private void CheckChunks(ChunkCheck reading, BundleReader bundle)
    {
        var end = progress.Bytes + bundle.Length;
        reading.Check(bundle);
        progress.Bytes = end;
    }

    private void CheckIndex(IndexCheck indexFiles)
    {
        var sound = true;
        foreach (var id in store.List(FileKind.Index))
            sound &= Guard($"index file {id}", () => indexFiles.Check(id));

        // A damaged index file is told already, and explains what is not covered. A lost one costs nothing that the bundles do not have.
        if (sound && indexFiles.Uncovered(store.List(FileKind.Bundle)) is > 0 and var uncovered)
            notice($"No index file covers {uncovered} of {bundles.Count} bundles; their own footers serve, and the next put writes the index anew");
    }

    private int CheckSnapshots()
    {
        var recipes = new RecipeCheck(index, new ChunkReader(index, frames), damage);
        var manifests = new List<Manifest>();
        var removed = new List<Manifest>();
        var unread = roots.Where(id => !Guard($"snapshot {id}", () =>
        {
            if (Manifest.TryRead(store, keys, id, withContent: true) is { } manifest)
                manifests.Add(manifest);
            else if (Manifest.TryReadRemoved(store, keys, id) is { } other)
                removed.Add(other);
            else if (Manifest.TryRead(store, keys, id, withContent: true) is { } back)
                manifests.Add(back); // somebody has just taken it back
        })).ToList();
        NameUnread(unread, manifests.Concat(removed).ToLookup(manifest => manifest.Structure.Previous));

        // Those that can be taken back must be whole, too; what was given up is missed by nobody.
        var present = manifests.Concat(removed).Select(manifest => manifest.Id.ToString()).ToHashSet();
        Guard("removal records", () => present.UnionWith(repository.Removals.Removed()));
        foreach (var manifest in manifests)
        {
            cancellation.ThrowIfCancellationRequested();
            var name = NameOf(manifest);
            Guard($"snapshot {manifest.Id}", () => recipes.Check(manifest.Structure.Streams.Values, name));
            if (manifest.Structure.Previous is { } previous && !present.Contains(previous) && !IsThere(previous))
                damage.Touch(damage.Add($"snapshot {previous}", $"snapshot {previous}: is missing; {name} was put after it"), $"{manifest.Structure.Name}@{previous}");
        }

        TellReplaced(index);
        CheckRemoved(removed);
        return manifests.Count;
    }

    private bool IsThere(string snapshot) => ObjectId.TryParse(snapshot, out var id)
        && (store.Length(FileKind.Snapshot, id) ?? store.Length(FileKind.RemovedSnapshot, id) ?? store.Length(FileKind.Snapshot, id)) is not null;

    // A manifest that cannot be read does not tell its name; the next one of the name does.
    private void NameUnread(List<ObjectId> unread, ILookup<string?, Manifest> later)
    {
        foreach (var id in unread)
        {
            if (later[$"{id}"].FirstOrDefault() is { } next)
                damage.Touch(damage.Add($"snapshot {id}", ""), $"{next.Structure.Name}@{id}");
        }
    }

    // What they need may be in the trash as well: taking one back brings it back.
    private void CheckRemoved(List<Manifest> removed)
    {
        if (removed.Count == 0)
            return;
        using var all = ChunkIndex.Open(store, keys, session: null, _ => { }, withUnused: true);
        foreach (var bundle in bundles.Where(bundle => !index.Bundles.Contains(bundle)))
            all.Exclude(bundle);
        var recipes = new RecipeCheck(all, new ChunkReader(all, frames), damage);
        foreach (var manifest in removed)
            Guard($"snapshot {manifest.Id}", () => recipes.Check(manifest.Structure.Streams.Values, NameOf(manifest)));
        TellReplaced(all);
        Guard("removal records", () => CheckRecords(removed));
    }

    // Without a record it rests for ever, and nobody finds it to take it back. One that cannot be read is told as that, and may be it.
    private void CheckRecords(List<Manifest> removed)
    {
        var areAllRead = true;
        var records = repository.Removals.Newest(_ => areAllRead = false);
        foreach (var manifest in removed.Where(manifest => areAllRead && !records.ContainsKey($"{manifest.Id}")))
        {
            var what = $"snapshot {manifest.Id}";
            damage.Touch(damage.Add(what, $"{what}: rests in the trash, and the record of its removal is missing: --repair takes it back"), NameOf(manifest));
        }
    }

    // What was walked was had from elsewhere, and is damage all the same.
    private void TellReplaced(ChunkIndex walked)
    {
        foreach (var (bundle, message) in walked.Replaced())
            damage.Add($"bundle {bundle}", message);
    }

    private static string NameOf(Manifest manifest) => $"{manifest.Structure.Name}@{manifest.Id}";

    private bool Guard(string what, Action step) => files.Guard(what, step);
}
