using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>What would be freed if snapshots went: each alone, all of a name, those that were removed already; and what nobody keeps. A put key is enough.</summary>
/// <param name="repository">Open.</param>
/// <param name="index">Of it.</param>
/// <param name="frames">Opens recipes.</param>
/// <remarks>Threading: one thread. Memory: that of <see cref="ChunkOwners"/>. Reads every recipe and every footer.</remarks>
internal sealed class RemovalGain(OpenRepository repository, ChunkIndex index, FrameCache frames)
{
    // Removed snapshots count as if they were all of one name.
    private const int RemovedName = 0;

    private readonly ChunkReader chunks = new(index, frames);
    private readonly Dictionary<int, long> bytes = [];

    /// <summary>Adds up.</summary>
    /// <param name="snapshots">Those that are listed, by name.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if a recipe cannot be read: nobody knows then.</exception>
    public RemovalGains Measure(IReadOnlyList<SnapshotInfo> snapshots)
    {
        var byName = snapshots.GroupBy(snapshot => snapshot.Name).ToList();
        var (numbers, roots) = (new List<int>(), new List<(ObjectId Id, int Number)>());
        foreach (var (group, number) in byName.Select((group, number) => (group, number + 1)))
        {
            foreach (var snapshot in group)
                Add(snapshot.Id, number);
        }

        foreach (var removed in repository.Store.List(FileKind.RemovedSnapshot))
            Add(removed.ToString(), RemovedName);
        var owners = new ChunkOwners(numbers);
        foreach (var (id, number) in roots)
        {
            if (Roots.TryRead(repository, id) is { } manifest)
                Walk(manifest, owners, ChunkOwners.OfSnapshot(number));
        }

        AddBases(owners);
        Count(owners);
        return Tell(byName, numbers.Count(number => number == RemovedName));

        void Add(string id, int name)
        {
            if (!ObjectId.TryParse(id, out var parsed))
                return;
            roots.Add((parsed, numbers.Count));
            numbers.Add(name);
        }
    }

    private void Walk(Manifest manifest, ChunkOwners owners, int owner)
    {
        foreach (var root in manifest.Structure.Streams.Values)
        {
            RecipeReader.CheckLevel(root);
            Walk(root.Node, root.Level, owners, owner);
        }
    }

    // Whoever keeps a node keeps all below it: where nothing changes for the node, nothing does below.
    private void Walk(byte[] node, int level, ChunkOwners owners, int owner)
    {
        RecipeReader.CheckNode(node, level);
        for (var at = 0; at < node.Length; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            if (owners.Add(id, owner) && level > 0)
                Walk(RecipeReader.ReadNode(id, chunks), level - 1, owners, owner);
        }
    }

    private void AddBases(ChunkOwners owners)
    {
        foreach (var (id, place) in index.Records())
        {
            if (place.Base is { } baseId && owners.Of(id) is not ChunkOwners.Nobody and var owner)
                owners.Add(baseId, owner);
        }
    }

    // Of a frame each entry has the part that it has of what was compressed.
    private void Count(ChunkOwners owners)
    {
        foreach (var id in index.Bundles)
        {
            if (frames.TryBundle(id) is not { } bundle)
                continue;
            foreach (var frame in bundle.Footer.Frames)
            {
                for (var entry = frame.FirstEntry; entry < frame.FirstEntry + frame.Entries; entry++)
                {
                    var owner = owners.Of(bundle.Footer.Id(entry));
                    bytes[owner] = bytes.GetValueOrDefault(owner) + ((long)bundle.Footer.Place(entry).Entry.StoredLength * frame.SealedLength / frame.PlainLength);
                }
            }
        }
    }

    private RemovalGains Tell(List<IGrouping<string, SnapshotInfo>> byName, int removed)
    {
        var (gains, next) = (new List<NameGain>(), 0);
        foreach (var (group, number) in byName.Select((group, number) => (group, number + 1)))
        {
            var each = group.Select(snapshot => new SnapshotGain(snapshot.Id, snapshot.Time, bytes.GetValueOrDefault(ChunkOwners.OfSnapshot(next++)))).ToList();
            gains.Add(new NameGain(group.Key, each.Sum(gain => gain.Bytes) + bytes.GetValueOrDefault(ChunkOwners.OfName(number)), each));
        }

        var resting = Enumerable.Range(next, removed).Sum(number => bytes.GetValueOrDefault(ChunkOwners.OfSnapshot(number))) + bytes.GetValueOrDefault(ChunkOwners.OfName(RemovedName));
        return new RemovalGains(gains, removed, resting, bytes.GetValueOrDefault(ChunkOwners.Nobody));
    }
}
