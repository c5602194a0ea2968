using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Snapshots;

namespace StreamBack.Server.Tests.Golden;

/// <summary>
/// Bytes for fixed inputs, each as a hash. What is written once is read for ever: a change here is a change of format version 1, after which
/// repositories that exist can no longer be read, or no longer find their chunks. So none of these hashes may ever be edited; a new format
/// version gets tests of its own. Where random salts and keys are written, the opened bytes are compared, which they do not touch.
/// </summary>
public class GoldenTests
{
    private static readonly FrameEntry[] Entries =
    [
        new(TestBytes.Chunk(1), 100, 100, null, new SuperFeatures(1, 2, 3, 4)),
        new(TestBytes.Chunk(2), 30, 90, TestBytes.Chunk(1), default),
        new(TestBytes.Chunk(3), 50, 50, null, default),
    ];

    // A change loses every chunk: nothing stored is found again.
    [Fact]
    public void Derived_secrets_never_move()
    {
        AssertHash("4d55584c1453e16eae7832407d1f012b", TestKeys.Full.GearTable());
        AssertHash("82731958fbc64318d8957c541bae393f", TestKeys.Full.FeatureCoefficients());
        AssertHash("2b9d595431e03a37adf496551397b574", TestKeys.Full.ChunkIdSecret(ChunkClass.Content, 1));
        AssertHash("748226f0a89904078777cc2ab68ef7f8", TestKeys.Full.ChunkIdSecret(ChunkClass.Structure, 4_000_000_000));
    }

    [Fact]
    public void Chunk_ids_never_move()
    {
        var id = new byte[ChunkId.Length];
        new ChunkHasher(TestKeys.Full.ChunkIdSecret(ChunkClass.Content, 1)).Hash("a chunk"u8).WriteTo(id);
        AssertHash("768801e02ecf498846eba72debb77225", id);
    }

    // Features of other functions find nothing that is stored to be similar; deltas would cease.
    [Fact]
    public void Super_features_never_move()
    {
        var samples = Enumerable.Range(0, 100).Select(number => new Sample(number, BinaryPrimitives.ReadUInt32LittleEndian(TestBytes.Random(number, 4)))).ToArray();
        var features = new SuperFeatureExtractor(TestKeys.Full.FeatureCoefficients()).Extract(samples);
        AssertHash("3e7cf781efa7298b9d92e3b15d953102", Encoding.ASCII.GetBytes($"{features.A} {features.B} {features.C} {features.D}"));
    }

    [Fact]
    public void Sealed_frames_never_move()
    {
        using var key = TestKeys.Sealing();
        using var stored = PackedFrame.Pack(TestBytes.Random(1, 180), Entries, level: 3);
        AssertHash("515c69b6c321807c153f3427893859be", stored.Seal(key, SealedKind.ContentFrame, 5));
        using var padding = PackedFrame.Padding(100);
        AssertHash("09191fb7fe6f874b41e109c2abcf9ce2", padding.Seal(key, SealedKind.StructureFrame, 6));

        // The payload is zstd's own, and may be smaller with its next version; the head is ours.
        using var compressed = PackedFrame.Pack(TestBytes.Text(1, 5000), [], level: -3);
        var part = compressed.Seal(key, SealedKind.ContentFrame, 7);
        var opened = new byte[part.Length - SealingKey.TagSize];
        Assert.True(key.TryOpen(SealedKind.ContentFrame, 7, part, opened));
        Assert.Equal([1, 0xfd, 0, 0, 0x88, 0x13, 0, 0, 0, 0, 0, 0], opened[..BundleFormat.FrameHeadSize]);
    }

    [Fact]
    public void Footers_never_move() => AssertHash("9658459673f81e0cc48252f0d7a57a18", BundleFooter.Write(
        [new FrameRecord(192, 0, 208, 130, 0, 2, 0), new FrameRecord(400, 1, 78, 50, 2, 1, 0), new FrameRecord(478, 2, 100, 0, 3, 0, 0)],
        Entries,
        TestBytes.Random(1, 32)));

    [Fact]
    public void Bundles_never_move()
    {
        var store = new MemoryStore();
        var file = store[FileKind.Bundle, Bundles.BundleFixture.Write(store, Entries).Id];

        // Head but for its salt, slot but for its id and secret, and all but the sealed parts of the rest: their lengths and the trailer.
        var (salt, slot, secret) = (FileHead.Size - FileHead.SaltSize, FileHead.Size, FileHead.Size + 48);
        AssertHash("9d1f2c97a2e3623ad7486b4d114accf3", [.. file[..salt], .. file[(slot + 16)..secret], .. BitConverter.GetBytes(file.Length), .. file[^BundleFormat.TrailerSize..]]);
    }

    [Fact]
    public void Index_files_never_move()
    {
        var store = new MemoryStore();
        using var writer = new IndexFileWriter(store, TestKeys.Full, store.Session, 200);
        writer.Cover(TestBytes.Object(9));
        foreach (var seed in Enumerable.Range(0, 200).OrderBy(TestBytes.Chunk))
            writer.Add(new IndexRecord(TestBytes.Chunk(seed), new ChunkPlace(TestBytes.Object(seed % 3), seed, 10, seed % 4 == 0 ? TestBytes.Chunk(1) : null, ChunkClass.Content)));
        var file = store[FileKind.Index, writer.Commit().Id];

        using var key = TestKeys.Full.FileKey(file);
        var directory = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(file.Length - IndexFormat.TrailerSize));
        var pages = Enumerable.Range(0, 3).SelectMany(page => Open(key, SealedKind.IndexPage, (ulong)page, file.AsSpan((int)IndexFormat.PageOffset(page), IndexFormat.SealedPageSize)));
        AssertHash("4dc2a250139ab9084311bdb2b304f653", [.. pages]);
        AssertHash("84019efcee8ad5c0f652f5bb7212ba9a", Open(key, SealedKind.IndexFilter, 3, file.AsSpan((int)IndexFormat.PageOffset(3)..directory)));
        AssertHash("6544d92eb82f3bc2c2326a3f913a694c", Open(key, SealedKind.IndexDirectory, IndexFormat.DirectoryOrdinal, file.AsSpan(directory..^IndexFormat.TrailerSize)));
        AssertHash("3d4e2e310d1968d8814d4bb79a296e9f", file.AsSpan(^IndexFormat.TrailerSize..));
    }

    [Fact]
    public void Manifests_and_labels_never_move()
    {
        using var key = TestKeys.Sealing();
        var structure = SealedJson.Seal(key, SealedKind.ManifestStructure, ManifestTests.Structure.Write());
        Assert.StartsWith(
            """{"name":"web1/etc","time":"2026-11-20T12:00:00.000000Z","received":"2026-11-20T12:00:01.002003Z","kind":"tar","length":10240,""",
            Encoding.UTF8.GetString(Open(key, SealedKind.ManifestStructure, 0, structure)),
            StringComparison.Ordinal);
        AssertHash("41d4f4bf414a4df09ff9a49c8520c61a", structure);
        AssertHash("ef8d26f41ce0fc858ee69daa02a2160c", SealedJson.Seal(key, SealedKind.ManifestContent, ManifestTests.Content.Write()));
        AssertHash("2b6d48c4297b5ca0b4a2f3a58a421193", SealedJson.Seal(key, SealedKind.Label, ManifestTests.Label.Write()));
    }

    [Fact]
    public void Layouts_never_move()
    {
        var layout = new byte[3 * LayoutPair.MaxSize];
        var length = LayoutPair.Write(layout, 512, 0);
        length += LayoutPair.Write(layout.AsSpan(length), 127, 128);
        length += LayoutPair.Write(layout.AsSpan(length), long.MaxValue, 1);
        Assert.Equal("800400" + "7f8001" + "ffffffffffffffff7f01", Convert.ToHexStringLower(layout.AsSpan(0, length)));
    }

    // Other cuts of recipes would still be read, but found nowhere: each put would store its recipes anew.
    [Fact]
    public void Recipes_never_move()
    {
        using var repository = TestRepository.New();
        repository.Put("name", TestBytes.Random(1, 3_000_000));
        Assert.True(Protocol.ObjectId.TryParse(repository.List().Single().Id, out var id));
        var root = Manifest.TryRead(repository.Store, TestKeys.Full, id, withContent: false)!.Structure.Streams[StreamNames.Payload];
        Assert.Equal(1, root.Level);
        AssertHash("7c63b05beaf7451391364660abcdd8ab", root.Node);
    }

    [Fact]
    public void Keys_and_configs_never_move()
    {
        AssertHash("fd87d5dc5df5892cd5d9472445423c51", TestRepository.Config.Write());
        AssertHash("2622f270d3db5d416374e35c9fdcd32e", KeySecret.Write(TestKeys.Full));
        AssertHash("ccdba9de7ea887c7a0dbfcee75e8235d", KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase: null));
        AssertHash("c577315ccced89f0759bb9b614d3ecc3", Encoding.ASCII.GetBytes(RecoveryText.Write(TestKeys.Full)));
    }

    private static byte[] Open(SealingKey key, SealedKind kind, ulong ordinal, ReadOnlySpan<byte> part)
    {
        var opened = new byte[part.Length - SealingKey.TagSize];
        Assert.True(key.TryOpen(kind, ordinal, part, opened));
        return opened;
    }

    // The first half of a SHA-256 tells as much as is needed.
    private static void AssertHash(string expected, ReadOnlySpan<byte> bytes) =>
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16)));
}
