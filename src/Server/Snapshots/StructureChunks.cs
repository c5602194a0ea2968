using System.Buffers;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Stores recipe nodes: structure-class chunks, deduplicated and made deltas of like content, in frames and bundles of their own.
/// They are few, so they are packed and written by the caller's thread.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class StructureChunks(
    ChunkHasher hasher, LocalityCache known, SimilarityIndex similar, NearChunks near, BundleWriter bundles, int level, Action<WrittenBundle> written)
    : IDisposable
{
    private readonly HashSet<ChunkId> underway = [];
    private readonly HashSet<ObjectId> used = [];
    private readonly DeltaMaker deltas = new(near);
    private OpenFrame? open;

    /// <summary>Stored bundles that hold bases of this session's deltas.</summary>
    public IReadOnlySet<ObjectId> BaseBundles => used;

    /// <summary>The chunk-id domain of the nodes.</summary>
    public uint Domain => bundles.Domain;

    /// <summary>Stores a node, unless it is stored already.</summary>
    public ChunkId Put(ReadOnlySpan<byte> node)
    {
        var id = hasher.Hash(node);
        if (underway.Contains(id) || known.TryFind(id, ChunkClass.Structure, out _))
            return id;
        underway.Add(id);
        var features = NodeFeatures.Of(node);
        var delta = similar.Find(features) is { } baseId && !known.WasLost(id) ? deltas.Make(node, baseId) : default;
        if (delta.Length > 0)
            AddDelta(id, node.Length, delta, features);
        else
            AddPlain(id, node, features);
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
        near.Dispose();
        bundles.Dispose();
    }

    private void AddPlain(ChunkId id, ReadOnlySpan<byte> node, SuperFeatures features)
    {
        Room(node.Length).AddPlain(id, node, features);
        similar.Add(id, features);
    }

    private void AddDelta(ChunkId id, int length, Delta delta, SuperFeatures features)
    {
        if (delta.BaseBundle is { } bundle)
            used.Add(bundle);
        Room(delta.Length).AddDelta(id, length, delta.Base, delta.Buffer.AsSpan(0, delta.Length), features);
        similar.Add(delta.Base, features);
        ArrayPool<byte>.Shared.Return(delta.Buffer);
    }

    private OpenFrame Room(int length)
    {
        if (open is not null && !open.HasRoom(length))
            Pack();
        return open ??= new OpenFrame(length);
    }

    private void Pack()
    {
        if (open is null)
            return;
        using (open)
        {
            near.Add(open);
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
