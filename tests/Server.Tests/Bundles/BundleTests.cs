using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Bundles;

public class BundleTests
{
    private static readonly Gen<FrameEntry> Entry =
        from seed in Gen.Choose(0, int.MaxValue)
        from length in Gen.Frequency((1, Gen.Constant(0)), (4, Gen.Choose(1, 5000)))
        from isDelta in Gen.Elements(true, false)
        from feature in Gen.Choose(0, int.MaxValue)
        select isDelta
            ? new FrameEntry(TestBytes.Chunk(seed), length / 3, length, TestBytes.Chunk(seed / 2), default)
            : new FrameEntry(TestBytes.Chunk(seed), length, length, null, new SuperFeatures((uint)feature, 1, 2, 3));

    [Fact]
    public void Reader_finds_what_the_writer_was_given()
    {
        var bundles = Gen.ListOf(Gen.ListOf(Entry)).Where(frames => frames.Count > 0).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(bundles, Gen.Elements(ChunkClass.Content, ChunkClass.Structure).ToArbitrary(), (frames, chunkClass) =>
        {
            var store = new MemoryStore();
            FrameEntry[][] given = [.. frames.Select(frame => frame.ToArray())];
            var written = BundleFixture.Write(store, given, chunkClass);
            var reader = BundleReader.TryOpen(store, TestKeys.Full, written.Id)!;
            Assert.Equal((chunkClass, 1u, written.Length), (reader.Class, reader.Domain, reader.Length));
            Assert.Equal(written.Length, store.Length(FileKind.Bundle, written.Id));
            AssertHolds(reader, given);
            return true;
        }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_changed_byte_is_found(bool content)
    {
        var chunkClass = content ? ChunkClass.Content : ChunkClass.Structure;
        var store = new MemoryStore();
        FrameEntry[] entries = [Plain(1, 100), new(TestBytes.Chunk(2), 40, 90, TestBytes.Chunk(1), default)];
        var id = BundleFixture.Write(store, entries, chunkClass).Id;
        var file = store[FileKind.Bundle, id];

        void Read(byte[] bytes)
        {
            store[FileKind.Bundle, id] = bytes;
            ReadAll(store, id);
        }

        Flips.AreDetected(file, Read, to: FileHead.Size + KeySlot.Size + 200);
        Flips.AreDetected(file, Read, from: file.Length - 200);
        Flips.AreDetected(file, Read, step: 211);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_truncation_is_found(bool content)
    {
        var chunkClass = content ? ChunkClass.Content : ChunkClass.Structure;
        var store = new MemoryStore();
        var id = BundleFixture.Write(store, [Plain(1, 100)], chunkClass).Id;
        var file = store[FileKind.Bundle, id];
        for (var length = 0; length < file.Length; length += length < 300 ? 1 : 997)
        {
            store[FileKind.Bundle, id] = file[..length];
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => ReadAll(store, id)).Code);
        }
    }

    [Fact]
    public void Content_does_not_open_with_a_put_key_and_structure_does()
    {
        var store = new MemoryStore();
        using var putKeys = TestKeys.Full.ToPutKeys();
        var content = BundleReader.TryOpen(store, putKeys, BundleFixture.Write(store, [Plain(1, 10)]).Id)!;
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => content.ReadFrame(0, new byte[10])).Code);
        var structure = BundleReader.TryOpen(store, putKeys, BundleFixture.Write(store, [Plain(1, 10)], ChunkClass.Structure).Id)!;
        structure.ReadFrame(0, new byte[10]);
    }

    [Fact]
    public void Frames_of_two_bundles_cannot_be_exchanged()
    {
        var store = new MemoryStore();
        var first = BundleFixture.Write(store, [Plain(1, 100)]).Id;
        var second = BundleFixture.Write(store, [Plain(2, 100)]).Id;
        var frame = BundleReader.TryOpen(store, TestKeys.Full, first)!.Footer.Frames[0];
        store[FileKind.Bundle, second].AsSpan((int)frame.Offset, frame.SealedLength).CopyTo(store[FileKind.Bundle, first].AsSpan((int)frame.Offset));
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => ReadAll(store, first)).Code);
    }

    [Fact]
    public void Padding_that_is_to_hold_bytes_is_damage()
    {
        // Codec 2, a plain length of 5, no entries.
        byte[] frame = [2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5];
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => new FramePayload(frame, frame.Length, 5, "frame")).Code);
    }

    [Fact]
    public void Lengths_are_padded_and_never_under_the_least()
    {
        var store = new MemoryStore();
        foreach (var length in new[] { 1, 1000, 50_000, 200_000, 1_000_000 })
        {
            var bundle = BundleFixture.Write(store, [.. Enumerable.Range(0, 1 + length / 4096).Select(seed => Plain(seed, Math.Min(length, 4096)))]);
            Assert.Equal(bundle.Length, Padme.Pad(bundle.Length));
            Assert.True(bundle.Length >= BundleFormat.MinBundleLength(ChunkClass.Content));
        }
    }

    [Fact]
    public void Writer_that_is_disposed_unfinished_leaves_nothing()
    {
        var store = new MemoryStore();
        using (var writer = new BundleWriter(store, TestKeys.Full, store.Session, ChunkClass.Content, domain: 1))
        using (var frame = PackedFrame.Pack(new byte[10], [Plain(1, 10)], level: 3))
            writer.Add(frame);
        Assert.Empty(store.List(FileKind.Bundle));
    }

    [Fact]
    public void Close_without_a_frame_writes_nothing()
    {
        var store = new MemoryStore();
        using var writer = new BundleWriter(store, TestKeys.Full, store.Session, ChunkClass.Content, domain: 1);
        Assert.Null(writer.Close());
        Assert.Empty(store.List(FileKind.Bundle));
    }

    private static FrameEntry Plain(int seed, int length) => new(TestBytes.Chunk(seed), length, length, null, default);

    private static void AssertHolds(BundleReader reader, FrameEntry[][] given)
    {
        // The last frame is padding.
        Assert.Equal(given.Length + 1, reader.Footer.Frames.Count);
        var number = 0;
        for (var frame = 0; frame < given.Length; frame++)
        {
            var plain = new byte[reader.Footer.Frames[frame].PlainLength];
            reader.ReadFrame(frame, plain);
            Assert.Equal(BundleFixture.Stored(given[frame]), plain);
            var offset = 0;
            foreach (var entry in given[frame])
            {
                Assert.Equal(new EntryPlace(frame, offset, entry), reader.Footer.Place(number++));
                offset += entry.StoredLength;
            }
        }

        Assert.Equal(number, reader.Footer.Count);
    }

    private static void ReadAll(MemoryStore store, ObjectId id)
    {
        var reader = BundleReader.TryOpen(store, TestKeys.Full, id)!;
        for (var frame = 0; frame < reader.Footer.Frames.Count; frame++)
            reader.ReadFrame(frame, new byte[reader.Footer.Frames[frame].PlainLength]);
    }
}
