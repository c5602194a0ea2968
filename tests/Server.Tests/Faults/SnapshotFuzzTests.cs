using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;
using StreamBack.Server.Tests.Snapshots;

namespace StreamBack.Server.Tests.Faults;

/// <summary>
/// Readers of what a snapshot is made of, given mutants: as they are stored, and under their seals. A recipe or a layout that passes
/// for good must give as many bytes as its snapshot says.
/// </summary>
public class SnapshotFuzzTests
{
    /// <summary>Every round stores a bundle of mutants, and opens it again.</summary>
    private const int BundleCost = 4;

    private const int ContentLength = 100;

    private readonly MemoryStore store = new();

    [Fact]
    public void Manifests_and_both_parts_under_their_seals()
    {
        Mutants.Fuzz(Manifest.Write(TestKeys.Full, ManifestTests.Structure, ManifestTests.Content), bytes =>
        {
            var one = new MemoryStore();
            Manifest.TryRead(one, TestKeys.Full, one.Add(FileKind.Snapshot, bytes), withContent: true);
        });
        FuzzPart(SealedKind.ManifestStructure, ManifestTests.Structure.Write(), ManifestStructure.Read);
        FuzzPart(SealedKind.ManifestContent, ManifestTests.Content.Write(), ManifestContent.Read);
        FuzzPart(SealedKind.ManifestContent, (ManifestTests.Content with { Command = null, RawFrom = 512 }).Write(), ManifestContent.Read);
    }

    [Fact]
    public void Labels_and_what_is_under_their_seal()
    {
        Mutants.Fuzz(PartFiles.Label.Write(TestKeys.Full, ManifestTests.Label), bytes =>
        {
            var one = new MemoryStore();
            PartFiles.Label.TryRead(one, TestKeys.Full, one.Add(FileKind.Label, bytes));
        });
        FuzzPart(SealedKind.Label, ManifestTests.Label.Write(), LabelPart.Read);
    }

    [Fact]
    public void Removal_records_and_what_is_under_their_seal()
    {
        var removal = new RemovalPart { Snapshot = new string('a', 64), Name = "web1/etc", Time = new DateTime(2026, 11, 28, 0, 0, 0, DateTimeKind.Utc), IsUndelete = false, By = "alice" };
        Mutants.Fuzz(PartFiles.Removal.Write(TestKeys.Full, removal), bytes =>
        {
            var one = new MemoryStore();
            PartFiles.Removal.TryRead(one, TestKeys.Full, one.Add(FileKind.Removal, bytes));
        });
        FuzzPart(SealedKind.Removal, removal.Write(), RemovalPart.Read);
    }

    [Fact]
    public void Recipe_nodes_of_every_level()
    {
        var contents = StoreContents(6);
        var (leaf1, leaf2) = (TestBytes.Chunk(101), TestBytes.Chunk(102));
        var inner = TestBytes.Chunk(103);
        byte[][] nodes =
        [
            [.. contents[..3].SelectMany(LeafEntry)],
            [.. contents[3..].SelectMany(LeafEntry)],
            [.. InnerEntry(leaf1, 3 * ContentLength), .. InnerEntry(leaf2, 3 * ContentLength)],
            [.. InnerEntry(inner, 6 * ContentLength)],
        ];
        for (var victim = 0; victim < nodes.Length; victim++)
        {
            Mutants.Fuzz(nodes[victim], bytes =>
            {
                byte[][] changed = [.. nodes];
                changed[victim] = bytes;
                var root = new RecipeRoot { Length = 6 * ContentLength, Domain = 1, Level = 2, Node = changed[3] };
                WithStored(ChunkClass.Structure, [(leaf1, changed[0]), (leaf2, changed[1]), (inner, changed[2])], chunks =>
                {
                    foreach (var offset in new[] { 0, 1, 3 * ContentLength - 1, 5 * ContentLength })
                        Assert.Equal(root.Length - offset, Read(root, chunks, offset));
                });
            }, cost: BundleCost);
        }
    }

    [Fact]
    public void Layouts()
    {
        var contents = StoreContents(4);
        var layout = TestBytes.Chunk(101);
        var good = new byte[3 * LayoutPair.MaxSize];
        var length = LayoutPair.Write(good, 130, 0);
        length += LayoutPair.Write(good.AsSpan(length), 0, 150);
        length += LayoutPair.Write(good.AsSpan(length), 70, 50);
        Mutants.Fuzz(good[..length], bytes =>
        {
            var structure = ManifestTests.Structure with
            {
                Length = 4 * ContentLength,
                Streams = new Dictionary<string, RecipeRoot>
                {
                    [StreamNames.Header] = Leaf(2 * ContentLength, contents[..2]),
                    [StreamNames.Payload] = Leaf(2 * ContentLength, contents[2..]),
                    [StreamNames.Layout] = Leaf(bytes.Length, [layout]),
                },
            };
            WithStored(ChunkClass.Content, [(layout, bytes)], chunks =>
            {
                foreach (var offset in new[] { 0, 129, 130, 300 })
                {
                    var sink = new Counter();
                    new SnapshotStream(new Manifest(default, structure, null), chunks).CopyTo(sink, offset, CancellationToken.None);
                    Assert.Equal(structure.Length - offset, sink.Bytes);
                }
            });
        }, cost: BundleCost);
    }

    private static void FuzzPart<T>(SealedKind kind, byte[] json, Func<StoredJson, T> read)
        where T : class
    {
        using var key = TestKeys.Sealing();
        Mutants.Fuzz(json, bytes => SealedJson.Open(key, kind, key.Seal(kind, 0, bytes), read, "part"));
    }

    private ChunkId[] StoreContents(int count)
    {
        ChunkId[] ids = [.. Enumerable.Range(0, count).Select(TestBytes.Chunk)];
        BundleFixture.Store(store, ChunkClass.Content, domain: 1, [.. ids.Select((id, seed) => (id, TestBytes.Random(seed, ContentLength)))]);
        return ids;
    }

    /// <summary>Stores chunks, whatever their ids, while they are read.</summary>
    private void WithStored(ChunkClass chunkClass, (ChunkId Id, byte[] Bytes)[] stored, Action<ChunkReader> read)
    {
        // A chunk has a byte at least.
        if (stored.Any(chunk => chunk.Bytes.Length == 0))
            return;
        var bundle = BundleFixture.Store(store, chunkClass, domain: 1, stored);
        try
        {
            using var index = ChunkIndex.Open(store, TestKeys.Full, session: null, _ => { });
            using var frames = new FrameCache(store, TestKeys.Full, maxFrames: 8);
            read(new ChunkReader(index, frames));
        }
        finally
        {
            store.Delete(FileKind.Bundle, bundle.Id);
        }
    }

    private static long Read(RecipeRoot root, ChunkReader chunks, long offset)
    {
        using var stream = new StoredStreamReader(root, chunks, offset, maxBytesAhead: 1 << 20, verifier: null);
        while (stream.Peek() is { Length: > 0 } piece)
            stream.Advance(piece.Length);
        return stream.Position - offset;
    }

    private static RecipeRoot Leaf(long length, ChunkId[] chunks) =>
        new() { Length = length, Domain = 1, Level = 0, Node = [.. chunks.SelectMany(LeafEntry)] };

    private static byte[] LeafEntry(ChunkId chunk)
    {
        var entry = new byte[RecipeNode.LeafEntrySize];
        chunk.WriteTo(entry);
        return entry;
    }

    private static byte[] InnerEntry(ChunkId node, long length)
    {
        var entry = new byte[RecipeNode.InnerEntrySize];
        node.WriteTo(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(ChunkId.Length), length);
        return entry;
    }

    private sealed class Counter : ISnapshotSink
    {
        public long Bytes { get; private set; }

        public void Header(in StoredPiece piece) => Bytes += piece.Length;

        public void Payload(in StoredPiece piece, long runStart, long runEnd) => Bytes += piece.Length;
    }
}
