using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;
using StreamBack.Server.Tests.Bundles;

namespace StreamBack.Server.Tests.Faults;

/// <summary>
/// Readers of stored bytes, given mutants of good ones. Where a seal would stop every mutant, what is under it is changed and sealed
/// again, as whoever has the keys could.
/// </summary>
public class FuzzTests
{
    private readonly MemoryStore store = new();

    [Fact]
    public void Bundles()
    {
        FrameEntry[] entries = [new(TestBytes.Chunk(1), 100, 100, null, default), new(TestBytes.Chunk(2), 40, 90, TestBytes.Chunk(1), default)];
        var id = BundleFixture.Write(store, entries, ChunkClass.Structure).Id;
        Mutants.Fuzz(store[FileKind.Bundle, id], bytes =>
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
        Mutants.Fuzz(good, bytes =>
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
        Mutants.Fuzz(good, bytes =>
        {
            // A footer refuses a frame without room for its head.
            if (bytes.Length >= BundleFormat.FrameHeadSize)
                new FramePayload(bytes, bytes.Length, 3000, "frame").Unpack(new byte[3000]);
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
        Mutants.Fuzz(good, ReadIndex);

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
            Mutants.Fuzz(opened, bytes =>
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
    public void Key_files() => Mutants.Fuzz(
        KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase: null),
        bytes => KeyFile.Read(bytes, "key").TryOpen(null)?.Dispose());

    [Fact]
    public void Recovery_texts() => Mutants.Fuzz(
        System.Text.Encoding.ASCII.GetBytes(RecoveryText.Write(TestKeys.Full)),
        bytes => RecoveryText.Read(System.Text.Encoding.Latin1.GetString(bytes)));

    [Fact]
    public void Configs() => Mutants.Fuzz(TestRepository.Config.Write(), bytes => RepositoryConfig.Read(bytes));
}
