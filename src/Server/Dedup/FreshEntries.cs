using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Dedup;

/// <summary>What bundles have that no index file tells of yet.</summary>
/// <remarks>Threading: that of the index. Memory: 150 bytes a chunk.</remarks>
internal sealed class FreshEntries
{
    private readonly Dictionary<ChunkId, ChunkPlace> places = [];
    private readonly Dictionary<ChunkId, List<ChunkPlace>> copies = []; // other places of chunks that have one, which are few
    private readonly List<ObjectId> bundles = [];

    /// <summary>Whose they are.</summary>
    public IReadOnlyList<ObjectId> Bundles => bundles;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Every place, in no order.</summary>
    public IEnumerable<ChunkPlace> Places => places.Values.Concat(copies.Values.SelectMany(others => others));

    /// <summary>Adds those of a bundle.</summary>
    public void Add(ObjectId bundle, ChunkClass chunkClass, IReadOnlyList<FrameEntry> entries)
    {
        bundles.Add(bundle);
        for (var entry = 0; entry < entries.Count; entry++)
            Add(entries[entry].Id, new ChunkPlace(bundle, entry, entries[entry].ChunkLength, entries[entry].Base, chunkClass));
        Count += entries.Count;
    }

    /// <summary>Adds a chunk's places to some.</summary>
    public void Find(ChunkId id, List<ChunkPlace> found)
    {
        if (!places.TryGetValue(id, out var place))
            return;
        found.Add(place);
        if (copies.TryGetValue(id, out var others))
            found.AddRange(others);
    }

    /// <summary>All of them, sorted as an index file is.</summary>
    public IEnumerable<IndexRecord> Sorted() => places.Select(pair => new IndexRecord(pair.Key, pair.Value))
        .Concat(copies.SelectMany(pair => pair.Value.Select(place => new IndexRecord(pair.Key, place))))
        .OrderBy(record => record.Id).ThenBy(record => record.Place.Bundle).ThenBy(record => record.Place.Entry);

    /// <summary>Writes all of them to an index file, which then covers their bundles in full.</summary>
    public void WriteTo(IndexFileWriter writer)
    {
        foreach (var bundle in bundles)
            writer.Cover(bundle);
        foreach (var record in Sorted())
            writer.Add(record);
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        places.Clear();
        copies.Clear();
        bundles.Clear();
        Count = 0;
    }

    private void Add(ChunkId id, ChunkPlace place)
    {
        if (!places.TryAdd(id, place) && !copies.TryAdd(id, [place]))
            copies[id].Add(place);
    }
}
