using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Stores recipe nodes: structure-class chunks, deduplicated like content, in frames and bundles of their own. They are few,
/// so they are packed and written by the caller's thread.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class StructureChunks(
    ChunkHasher hasher, LocalityCache known, BundleWriter bundles, int level, Action<WrittenBundle> written) : IDisposable
{
    private readonly HashSet<ChunkId> underway = [];
    private OpenFrame? open;

    /// <summary>The chunk-id domain of the nodes.</summary>
    public uint Domain => bundles.Domain;

    /// <summary>Stores a node, unless it is stored already.</summary>
    public ChunkId Put(ReadOnlySpan<byte> node)
    {
        var id = hasher.Hash(node);
        if (underway.Contains(id) || known.TryFind(id, ChunkClass.Structure, out _))
            return id;
        underway.Add(id);
        if (open is not null && !open.HasRoom(node.Length))
            Pack();
        (open ??= new OpenFrame(node.Length)).AddPlain(id, node, default);
        return id;
    }

    /// <summary>Returns when everything put is durable.</summary>
    public void Complete()
    {
        Pack();
        Report(bundles.Close());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        open?.Dispose();
        bundles.Dispose();
    }

    private void Pack()
    {
        if (open is null)
            return;
        using (open)
        {
            using var packed = PackedFrame.Pack(open.Bytes, open.Entries, level);
            Report(bundles.Add(packed));
        }

        open = null;
    }

    private void Report(WrittenBundle? bundle)
    {
        if (bundle is null)
            return;
        written(bundle);
        foreach (var entry in bundle.Entries)
            underway.Remove(entry.Id);
    }
}
