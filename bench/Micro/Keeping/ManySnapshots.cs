using System.Runtime.InteropServices;
using StreamBack.Micro.Index;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Keeping;

/// <summary>
/// Fills a repository by the product's own writers with snapshots that share most of their chunks: each begins a part further on than the
/// one before it, and ends so. Recipes, bundles, the index and chunks are real; each of these is its number over and over.
/// </summary>
internal static class ManySnapshots
{
    /// <summary>Snapshots.</summary>
    public const int Count = 8;

    /// <summary>Steps of a snapshot that the next one has as well; each has one more of its own.</summary>
    private const int SharedSteps = 8;

    /// <summary>Opened frames that are kept while recipes are written, about 1 MiB each.</summary>
    private const int CachedFrames = 16;

    /// <summary>Bytes of a chunk: so that what copies them handles chunks and not bytes, and a frame has no more of them than a real one might.</summary>
    private const int ChunkLength = 1024;

    /// <summary>Makes the repository.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="chunks">In all.</param>
    /// <returns>The snapshots, oldest first.</returns>
    public static List<ObjectId> Make(string folder, long chunks)
    {
        using var keys = ScaleRepository.Keys();
        var store = ScaleRepository.Create(folder);
        using var session = store.OpenSession();
        using var index = ChunkIndex.Open(store, keys, session, Console.Error.WriteLine);
        using var hasher = new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Content, 1));
        WriteChunks(store, keys, session, index, chunks, number => Chunk(hasher, number));
        var manifests = new List<ObjectId>();
        var step = chunks / (Count + SharedSteps);
        for (var number = 0; number < Count; number++)
            manifests.Add(Snapshot(store, keys, session, index, number, chunk => Chunk(hasher, chunk).Id, number * step, Math.Min(chunks, (number + SharedSteps + 1) * step)));
        index.Flush(session);
        return manifests;
    }

    private static (ChunkId Id, byte[] Bytes) Chunk(ChunkHasher hasher, long number)
    {
        var bytes = new byte[ChunkLength];
        MemoryMarshal.Cast<byte, long>(bytes.AsSpan()).Fill(number);
        return (hasher.Hash(bytes), bytes);
    }

    private static void WriteChunks(LocalDirectory store, RepositoryKeys keys, ISessionLock session, ChunkIndex index, long chunks, Func<long, (ChunkId, byte[])> chunk)
    {
        using var bundles = new BundleWriter(store, keys, session, ChunkClass.Content, domain: 1);
        for (var first = 0L; first < chunks; first += ScaleBundle.Chunks)
        {
            var written = ScaleBundle.Write(bundles, first, chunks, chunk);
            index.Add(written.Id, ChunkClass.Content, written.Entries, session);
        }

        index.Flush(session);
    }

    private static ObjectId Snapshot(LocalDirectory store, RepositoryKeys keys, ISessionLock session, ChunkIndex index, int number, Func<long, ChunkId> idOf, long from, long end)
    {
        using var frames = new FrameCache(store, keys, CachedFrames);
        using var structure = new StructureChunks(
            new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Structure, 1)),
            new LocalityCache(index, frames),
            new SimilarityIndex(ChunkClass.Structure, SimilarityIndex.StructureChunks),
            new NearChunks(index, frames, ChunkClass.Structure, opensStored: true),
            new BundleWriter(store, keys, session, ChunkClass.Structure, 1),
            RepositoryConfig.DefaultCompression,
            bundle => index.Add(bundle.Id, ChunkClass.Structure, bundle.Entries, session));
        var recipe = new RecipeWriter(structure);
        for (var chunk = from; chunk < end; chunk++)
            recipe.Add(idOf(chunk), ChunkLength);
        var root = recipe.Finish();
        structure.Complete();
        index.Flush(session);
        var time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(number);
        var manifest = new ManifestStructure
        {
            Name = $"name{number}",
            Time = time,
            Received = time,
            Kind = SnapshotKinds.Raw,
            Length = (end - from) * ChunkLength,
            StoredBytes = 0,
            Chunks = end - from,
            NewChunks = 0,
            NewChunkBytes = 0,
            Tags = [],
            Marks = [],
            Previous = null,
            Random = $"{number:x32}",
            ContentPart = "",
            Streams = new Dictionary<string, RecipeRoot> { [StreamNames.Payload] = root },
        };
        using var file = store.Create(FileKind.Snapshot, session);
        file.Write(Manifest.Write(keys, manifest, new ManifestContent { Sha256 = new string('0', 64), Members = 0, Command = null, RawFrom = null }));
        return file.Commit();
    }
}
