using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;
using StreamBack.Server.Tests.Snapshots;

namespace StreamBack.Server.Tests.Faults;

/// <summary>
/// Readers of stored bytes, given mutants of good ones: nothing but expected failures, and no more memory than the file calls for. Where a
/// seal would stop every mutant, what is under it is changed and sealed again, as whoever has the keys could.
/// </summary>
public class FuzzTests
{
    /// <summary>Mutants of each input; fifty times as many when every case is run.</summary>
    private static readonly int Rounds = Sample.All ? 100_000 : 2_000;

    /// <summary>Bytes that a reader may take beyond a few times its input: buffers, tables and messages.</summary>
    private const long FreeMemory = 1 << 20;

    private readonly MemoryStore store = new();

    [Fact]
    public void Bundles()
    {
        FrameEntry[] entries = [new(TestBytes.Chunk(1), 100, 100, null, default), new(TestBytes.Chunk(2), 40, 90, TestBytes.Chunk(1), default)];
        var id = BundleFixture.Write(store, entries, ChunkClass.Structure).Id;
        Fuzz(store[FileKind.Bundle, id], bytes =>
        {
            store[FileKind.Bundle, id] = bytes;
            var reader = BundleReader.TryOpen(store, TestKeys.Full, id)!;
            for (var frame = 0; frame < reader.Footer.Frames.Count; frame++)
                reader.ReadFrame(frame, new byte[reader.Footer.Frames[frame].PlainLength]);
        });
    }

    [Fact]
    public void Footers()
    {
        FrameEntry[] entries = [new(TestBytes.Chunk(1), 100, 100, null, default), new(TestBytes.Chunk(2), 40, 90, TestBytes.Chunk(1), default)];
        var good = BundleFooter.Write([new FrameRecord(192, 0, 208, 140, 0, 2, 0), new FrameRecord(400, 1, 90, 0, 2, 0, 0)], entries, new byte[32]);

        // Most of it is zeros that fill up; what counts is at the front.
        Fuzz(good, bytes =>
        {
            var footer = new BundleFooter(bytes, "bundle");
            for (var entry = 0; entry < footer.Count; entry++)
                footer.Place(entry);
        }, within: 280);
    }

    [Fact]
    public void Frames()
    {
        using var key = TestKeys.Sealing();
        using var packed = PackedFrame.Pack(TestBytes.Text(1, 3000), [], level: 3);
        var part = packed.Seal(key, SealedKind.ContentFrame, 0).ToArray();
        var good = new byte[part.Length - SealingKey.TagSize];
        Assert.True(key.TryOpen(SealedKind.ContentFrame, 0, part, good));
        Fuzz(good, bytes =>
        {
            // A footer refuses a frame without room for its head.
            if (bytes.Length >= BundleFormat.FrameHeadSize)
                PackedFrame.Unpack(bytes, new byte[3000], "frame");
        });
    }

    [Fact]
    public void Index_files_and_what_is_under_their_seal()
    {
        ObjectId id;
        using (var writer = new IndexFileWriter(store, TestKeys.Full, store.Session, 100))
        {
            foreach (var seed in Enumerable.Range(0, 100).OrderBy(TestBytes.Chunk))
                writer.Add(new IndexRecord(TestBytes.Chunk(seed), new ChunkPlace(TestBytes.Object(1), seed, 10, seed % 2 == 0 ? TestBytes.Chunk(1) : null, ChunkClass.Content)));
            id = writer.Commit().Id;
        }

        var good = store[FileKind.Index, id];
        Fuzz(good, ReadIndex);

        var directory = (int)BitConverter.ToInt64(good, good.Length - IndexFormat.TrailerSize);
        foreach (var (kind, ordinal, from, to) in new[]
        {
            (SealedKind.IndexPage, 0UL, (int)IndexFormat.PageOffset(0), (int)IndexFormat.PageOffset(1)),
            (SealedKind.IndexDirectory, IndexFormat.DirectoryOrdinal, directory, good.Length - IndexFormat.TrailerSize),
        })
        {
            using var key = TestKeys.Full.FileKey(good);
            var opened = new byte[to - from - SealingKey.TagSize];
            Assert.True(key.TryOpen(kind, ordinal, good.AsSpan(from, to - from), opened));
            Fuzz(opened, bytes =>
            {
                if (bytes.Length == opened.Length)
                    ReadIndex([.. good[..from], .. key.Seal(kind, ordinal, bytes), .. good[to..]]);
            });
        }

        void ReadIndex(byte[] bytes)
        {
            store[FileKind.Index, id] = bytes;
            using var file = IndexFile.TryOpen(store, TestKeys.Full, id)!;
            var places = new List<ChunkPlace>();
            foreach (var record in file.All())
                file.Find(record.Id, places);
            Assert.All(places, place => Assert.InRange(place.ChunkLength, 0, BundleFormat.MaxChunkLength));
            Assert.All(places, place => Assert.InRange(place.Entry, 0, BundleFormat.MaxEntries));
        }
    }

    [Fact]
    public void Manifests_and_what_is_under_their_seal()
    {
        var id = TestBytes.Object(1);
        Fuzz(Manifest.Write(TestKeys.Full, ManifestTests.Structure, ManifestTests.Content), bytes =>
        {
            store[FileKind.Snapshot, id] = bytes;
            Manifest.TryRead(store, TestKeys.Full, id, withContent: true);
        });

        using var key = TestKeys.Sealing();
        var json = ManifestTests.Structure.Write();
        Fuzz(json, bytes => SealedJson.Open(
            key, SealedKind.ManifestStructure, key.Seal(SealedKind.ManifestStructure, 0, bytes), ManifestStructure.Read, "manifest"));
    }

    [Fact]
    public void Key_files() => Fuzz(
        KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase: null),
        bytes => KeyFile.Read(bytes, "key").TryOpen(null)?.Dispose());

    [Fact]
    public void Recovery_texts() => Fuzz(
        System.Text.Encoding.ASCII.GetBytes(RecoveryText.Write(TestKeys.Full)),
        bytes => RecoveryText.Read(System.Text.Encoding.Latin1.GetString(bytes)));

    [Fact]
    public void Configs() => Fuzz(TestRepository.Config.Write(), bytes => RepositoryConfig.Read(bytes));

    private static void Fuzz(byte[] good, Action<byte[]> read, int within = int.MaxValue)
    {
        read(good);
        var random = new Random(good.Length + Sample.FuzzSeed);
        for (var round = 0; round < Rounds; round++)
        {
            var mutant = Mutate(good, random, within);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Record.Exception(() => read(mutant));
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(error is null or RepositoryException, $"round {round}: {error}");
            Assert.True(taken < FreeMemory + 20L * good.Length, $"round {round}: {taken} bytes for {mutant.Length}");
        }
    }

    private static byte[] Mutate(byte[] good, Random random, int within)
    {
        var mutant = good.ToList();
        for (var change = random.Next(3); change >= 0; change--)
        {
            var at = random.Next(Math.Min(mutant.Count, within));
            switch (random.Next(12))
            {
                case 0:
                    return [.. mutant[..at]];
                case 1:
                    mutant.InsertRange(at, mutant[at..Math.Min(mutant.Count, at + 8)]);
                    break;
                case 2:
                    // The largest of a number, and the largest that is positive.
                    for (var place = at; place < Math.Min(mutant.Count, at + sizeof(uint)); place++)
                        mutant[place] = 0xff;
                    break;
                case 3:
                    mutant[at] = 0x7f;
                    break;
                case 4:
                    mutant[at] = (byte)" \"{}[]:,n0-"[random.Next(11)];
                    break;
                default:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. mutant];
    }
}
