using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Maintenance;

/// <summary>Which members of tars cannot be had because chunks are lost. Needs the full key: names of members are content.</summary>
/// <param name="repository">Open.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one thread. Memory: the lost ranges, and the names that are told.</remarks>
internal sealed class LostMembers(OpenRepository repository, Action<string> notice, CancellationToken cancellation)
{
    /// <summary>Names for each problem: more nobody reads.</summary>
    private const int MaxNames = 1000;

    /// <summary>Opened frames that are kept while recipes are walked, about 1 MiB each.</summary>
    private const int CachedFrames = 16;

    /// <summary>The problems, with the members that are touched.</summary>
    public IReadOnlyList<CheckProblem> In(IReadOnlyList<CheckProblem> problems)
    {
        if (repository.NeedsKeys || !repository.Keys.OpensContent || problems.All(problem => problem.Snapshots.Count == 0))
            return problems;
        using var index = ChunkIndex.Open(repository.Store, repository.Keys, session: null, _ => { });
        using var frames = new FrameCache(repository.Store, repository.Keys, CachedFrames);
        var members = new Dictionary<string, List<string>>();
        foreach (var snapshot in problems.SelectMany(problem => problem.Snapshots).Distinct())
            members[snapshot] = problems.Any(problem => problem.What == $"snapshot {IdOf(snapshot)}") ? [] : [.. Of(snapshot, index, frames).Take(MaxNames)];
        return [.. problems.Select(problem => problem with { Members = [.. problem.Snapshots.SelectMany(snapshot => members[snapshot]).Take(MaxNames)] })];
    }

    private static string IdOf(string snapshot) => snapshot[(snapshot.LastIndexOf('@') + 1)..];

    private List<string> Of(string snapshot, ChunkIndex index, FrameCache frames)
    {
        try
        {
            if (!ObjectId.TryParse(IdOf(snapshot), out var id) || Manifest.TryRead(repository.Store, repository.Keys, id, withContent: true) is not { } manifest)
                return [];
            var chunks = new ChunkReader(index, frames);
            var (payload, header) = (Lost(manifest, StreamNames.Payload, index, chunks), Lost(manifest, StreamNames.Header, index, chunks));
            if (!payload.Any && !header.Any)
                return [];
            if (!manifest.Structure.Streams.ContainsKey(StreamNames.Catalog))
                return manifest.Structure.Kind == SnapshotKinds.Raw ? [$"{snapshot}: the stream itself"] : [$"{snapshot}: it has no catalog, so nobody knows which members"];
            using var session = new GetSession(repository.Store, repository.Keys, manifest, _ => { });
            using var tree = new CatalogTree(session.OpenCatalog()!, session);
            return [.. tree.Below([], all: true).Where(entry => entry.Place is { } place && (payload.Touches(place.PayloadOffset, place.PayloadSize) || header.Touches(place.HeaderOffset, place.HeaderLength)))
                .Take(MaxNames).Select(entry => $"{snapshot}: {MemberPath.Text(entry.Path)}")];
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            notice($"{snapshot}: which members are lost is not known: {error.Message}");
            return [];
        }
    }

    private LostRanges Lost(Manifest manifest, string stream, ChunkIndex index, ChunkReader chunks)
    {
        var lost = new LostRanges();
        if (manifest.Structure.Streams.TryGetValue(stream, out var root))
            Walk(root.Node, root.Level, 0, root.Length, index, chunks, lost);
        return lost;
    }

    private void Walk(byte[] node, int level, long start, long end, ChunkIndex index, ChunkReader chunks, LostRanges lost)
    {
        cancellation.ThrowIfCancellationRequested();
        RecipeReader.CheckNode(node, level);
        for (var at = 0; at < node.Length && start < end; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            if (level > 0)
            {
                var under = start + RecipeNode.LengthUnder(node.AsSpan(at));
                WalkBelow(id, level, start, under, index, chunks, lost);
                start = under;
            }
            else if (index.TryFind(id, ChunkClass.Content, out var place))
            {
                start += place.ChunkLength;
            }
            else
            {
                // Of one that no index tells of the length is not known: what follows may be anywhere up to the node's end.
                var next = index.FindAll(id).Select(known => start + known.ChunkLength).FirstOrDefault(end);
                lost.Add(start, next);
                start = next;
            }
        }
    }

    private void WalkBelow(ChunkId id, int level, long start, long end, ChunkIndex index, ChunkReader chunks, LostRanges lost)
    {
        byte[] node;
        try
        {
            node = RecipeReader.ReadNode(id, chunks);
        }
        catch (Exception error) when (Culprit.IsDamage(error))
        {
            lost.Add(start, end);
            return;
        }

        Walk(node, level - 1, start, end, index, chunks, lost);
    }

    // In order, as they are found.
    private sealed class LostRanges
    {
        private readonly List<(long From, long End)> ranges = [];

        public bool Any => ranges.Count > 0;

        public void Add(long from, long end)
        {
            if (ranges.Count > 0 && ranges[^1].End >= from)
                ranges[^1] = (ranges[^1].From, end);
            else
                ranges.Add((from, end));
        }

        public bool Touches(long from, long length)
        {
            var (low, high) = (0, ranges.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (ranges[middle].End <= from)
                    low = middle + 1;
                else
                    high = middle;
            }

            return length > 0 && low < ranges.Count && ranges[low].From < from + length;
        }
    }
}
