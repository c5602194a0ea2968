using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// The machinery of one put, from the split stream to durable bundles: scan, names, deduplication, deltas, frames, recipes.
/// It commits nothing.
/// </summary>
/// <remarks>
/// Threading: one thread feeds the <see cref="Splitter"/> and completes; others hash, deduplicate and write. Dispose ends
/// them, deletes open files and leaves finished bundles. Owns the index that it is given.
/// </remarks>
internal sealed class PutPipeline : IDisposable
{
    /// <summary>Frames of stored chunks kept open for deltas: 1 MiB each.</summary>
    private const int CachedFrames = 48;

    /// <summary>Bytes of a catalog's records in memory where many puts run: two thousand members at once.</summary>
    private const int LeastSortedBytes = 256 << 10;

    /// <summary>
    /// The part of the similar chunks that is brought near ahead of the stream: bundles come whole, with what other snapshots have in them,
    /// and what the stream has just passed must stay (docs/decisions/0008).
    /// </summary>
    private const int AheadShare = 4;

    private readonly ChunkIndex index;
    private readonly ISessionLock? indexWriter;
    private readonly TransferProgress progress;
    private readonly Action<string> notice;
    private readonly FrameCache frames;
    private readonly LocalityCache knownContent;
    private readonly LocalityCache knownStructure;
    private readonly BundlePipeline bundles;
    private readonly StructureChunks structure;
    private readonly Deduplicator deduplicator;
    private readonly RecipeWriter[] recipes;
    private readonly DedupPipeline pipeline;
    private readonly HashSet<ObjectId> written = [];
    private long storedBytes;

    /// <param name="store">Where bundles go.</param>
    /// <param name="config">The repository's parameters.</param>
    /// <param name="keys">A put key is enough.</param>
    /// <param name="session">Whose files they are.</param>
    /// <param name="index">What is known; new bundles are added to it, and written to index files unless this is a dry run.</param>
    /// <param name="dryRun">Whether nothing is really written.</param>
    /// <param name="newest">The newest snapshot of the same name, or null; asked when something new comes.</param>
    /// <param name="progress">Told what is new and stored.</param>
    /// <param name="notice">Told of damage that the put goes around: a line each.</param>
    public PutPipeline(
        IFileStore store, RepositoryConfig config, RepositoryKeys keys, ISessionLock session, ChunkIndex index, bool dryRun, Func<Manifest?> newest,
        TransferProgress progress, Action<string> notice)
    {
        this.index = index;
        this.progress = progress;
        this.notice = notice;
        indexWriter = dryRun ? null : session;
        frames = new FrameCache(store, keys, CachedFrames);
        var remembered = SimilarityIndex.ContentChunksNow;
        var similarContent = new SimilarityIndex(ChunkClass.Content, remembered);
        var similarStructure = new SimilarityIndex(ChunkClass.Structure, SimilarityIndex.StructureChunks);
        void OnDamaged(RepositoryException error) => notice($"{error.Message}; storing anew what it holds of this stream");
        knownContent = new LocalityCache(index, frames) { Touched = similarContent.Add, Damaged = OnDamaged };
        knownStructure = new LocalityCache(index, frames) { Touched = similarStructure.Add, Damaged = OnDamaged };
        var ahead = new LocalityCache(index, frames)
        {
            Touched = bundle =>
            {
                similarContent.Add(bundle);
                similarStructure.Add(bundle);
            },
            Damaged = OnDamaged,
        };
        var last = new LastSnapshot(newest, ahead, frames, (long)remembered * config.Chunking.Average / AheadShare, notice);
        BundleWriter NewBundles(ChunkClass chunkClass) => new(store, keys, session, chunkClass, config.Domain);
        bundles = new BundlePipeline(NewBundles(ChunkClass.Content), config.Compression, OnContentBundle);
        structure = new StructureChunks(
            new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Structure, config.Domain)),
            knownStructure,
            similarStructure,
            new NearChunks(index, frames, ChunkClass.Structure, opensStored: true),
            NewBundles(ChunkClass.Structure),
            config.Compression,
            bundle => OnBundle(bundle, ChunkClass.Structure));
        deduplicator = new Deduplicator(
            knownContent,
            similarContent,
            new NearChunks(index, frames, ChunkClass.Content, keys.OpensContent),
            new SuperFeatureExtractor(keys.FeatureCoefficients()),
            bundles)
        {
            BringNear = last.BringNear,
        };
        recipes = [.. Enum.GetValues<Lane>().Select(_ => new RecipeWriter(structure))];
        var rollingHash = new RollingHash(keys.GearTable());
        pipeline = new DedupPipeline(
            config.Chunking, rollingHash, keys.ChunkIdSecret(ChunkClass.Content, config.Domain), deduplicator, recipes, bundles, TellProgress);
        Splitter = new StreamSplitter(rollingHash, config.Chunking, pipeline.Rent, pipeline.Add, () => new SealedSpill(), MemoryShare.Of(CatalogBuilder.MaxSortedBytes, LeastSortedBytes));
    }

    /// <summary>Takes the stream, split by a scanner or as payload.</summary>
    public StreamSplitter Splitter { get; }

    /// <summary>Takes batches that a client cut, instead of a stream for the <see cref="Splitter"/>.</summary>
    public DedupPipeline Batches => pipeline;

    /// <summary>Bundles and frames that are near.</summary>
    public FrameCache Frames => frames;

    /// <summary>What has been added so far.</summary>
    public StoredStats Stats => deduplicator.Stats;

    /// <summary>What was new and stored before this pipeline: of a put that another process began.</summary>
    public PutGrowth Before { get; init; }

    /// <summary>What was new and stored so far.</summary>
    /// <param name="stats">What had been added then.</param>
    public PutGrowth GrowthWith(StoredStats stats) => Before + new PutGrowth(stats.NewChunks, stats.NewChunkBytes, StoredBytes);

    /// <summary>Bytes of the bundles and index files written so far.</summary>
    public long StoredBytes => Interlocked.Read(ref storedBytes) + index.WrittenBytes;

    /// <summary>The bundles that the new snapshot rests on: those written, and those in which something was found.</summary>
    public IEnumerable<ObjectId> BundlesNeeded =>
        knownContent.Used.Concat(knownStructure.Used).Concat(deduplicator.BaseBundles).Concat(structure.BaseBundles).Concat(written).Distinct();

    /// <summary>Whether a bundle is this put's own.</summary>
    public bool Wrote(ObjectId bundle)
    {
        lock (written)
            return written.Contains(bundle);
    }

    /// <summary>Ends the stream; all of it is durable when this returns.</summary>
    /// <returns>The recipes, by the names of their streams.</returns>
    public Dictionary<string, RecipeRoot> Complete(bool isTar)
    {
        Splitter.Finish(isTar);
        if (isTar && Splitter.CatalogFailure is { } failure)
            notice($"No catalog of the members is stored, so the snapshot can be got, and not looked into: {failure}");
        pipeline.Complete();
        deduplicator.Flush();
        bundles.Complete();
        var streams = new Dictionary<string, RecipeRoot> { [StreamNames.Payload] = recipes[(int)Lane.Payload].Finish() };
        if (isTar)
        {
            streams.Add(StreamNames.Header, recipes[(int)Lane.Header].Finish());
            streams.Add(StreamNames.Layout, recipes[(int)Lane.Layout].Finish());
            var catalog = recipes[(int)Lane.Catalog].Finish();
            if (catalog.Length > 0) // an older client makes none
                streams.Add(StreamNames.Catalog, catalog);
        }

        structure.Complete();
        if (indexWriter is not null)
        {
            index.Flush(indexWriter);
            index.Merge(indexWriter);
        }

        return streams;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // From the source towards the disk, so that nobody is left waiting for a thread that has ended.
        Splitter.Dispose();
        pipeline.Dispose();
        bundles.Dispose();
        deduplicator.Dispose();
        structure.Dispose();
        frames.Dispose();
        index.Dispose();
    }

    private void OnContentBundle(WrittenBundle bundle)
    {
        OnBundle(bundle, ChunkClass.Content);
        deduplicator.Stored(bundle);
    }

    private void OnBundle(WrittenBundle bundle, ChunkClass chunkClass)
    {
        lock (written)
            written.Add(bundle.Id);
        index.Add(bundle.Id, chunkClass, bundle.Entries, indexWriter);
        Interlocked.Add(ref storedBytes, bundle.Length);
    }

    private void TellProgress()
    {
        progress.NewChunkBytes = deduplicator.Stats.NewChunkBytes;
        progress.StoredBytes = StoredBytes;
    }
}
