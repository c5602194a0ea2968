using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>What was put comes back.</summary>
public class RoundTripTests
{
    /// <summary>One piece of a stream: new random bytes, text, zeros, a repetition of what is there, or an edit of it.</summary>
    private static readonly Gen<Func<byte[], byte[]>> Piece =
        from seed in Gen.Choose(0, 50)
        from length in Gen.Frequency((3, Gen.Choose(0, 2000)), (2, Gen.Choose(0, 300_000)), (1, Gen.Constant(512)))
        from piece in Gen.Elements<Func<byte[], byte[]>>(
            before => [.. before, .. TestBytes.Random(seed, length)],
            before => [.. before, .. TestBytes.Text(seed, length)],
            before => [.. before, .. new byte[length]],
            before => [.. before, .. before.Take(length)],
            before => TestBytes.Edited(before, 5000 + length),
            before => TestBytes.Tar(before, TestBytes.Text(seed, length / 3), []),
            before => [.. before, .. TestBytes.Tar(TestBytes.Random(seed, length))],
            before => [.. before.Skip(length)])
        select piece;

    private static readonly Arbitrary<(Func<byte[], byte[]>[] Pieces, int Slice, bool Raw)> Streams =
        (from pieces in Gen.ListOf(Piece)
         from slice in Gen.Elements(1, 511, 512, 70_000, int.MaxValue)
         from raw in Gen.Elements(true, false)
         select (pieces.Take(5).ToArray(), slice, raw)).ToArbitrary();

    [Fact]
    public void Get_gives_what_was_put_whatever_it_is_and_however_it_was_read()
    {
        using var repository = TestRepository.New();
        var earlier = new List<(SnapshotInfo Snapshot, byte[] Stream)>();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Streams, given =>
        {
            // Each stream begins as the last one did, so that chunks are found again and deltas are made.
            var stream = given.Pieces.Aggregate(earlier.Count == 0 ? [] : earlier[^1].Stream.Take(400_000).ToArray(), (bytes, piece) => piece(bytes));
            var random = new System.Random(stream.Length);
            var snapshot = repository.Put("name", stream, given.Raw, () => random.Next(1, given.Slice));
            earlier.Add((snapshot, stream));
            var from = random.Next(stream.Length + 1);
            Assert.Equal(stream[from..], FrameDecoder.Decode(repository.GetFrames(snapshot, from, everything: true), from).Stream);
            Assert.Equal(stream, FrameDecoder.Decode(repository.GetFrames(snapshot, 0, everything: false)).Stream);
            return snapshot.Length == stream.Length && repository.Get(snapshot).AsSpan().SequenceEqual(stream);
        }));

        Assert.All(earlier, put => Assert.Equal(put.Stream, repository.Get(put.Snapshot)));
        Assert.Equal(earlier.Count, repository.List().Count);
        Assert.Contains(earlier, put => put.Snapshot.Kind == SnapshotKinds.Tar);
        Assert.Contains(earlier, put => put.Snapshot.Kind == SnapshotKinds.Raw && put.Snapshot.NewChunks > 0);
    }

    [Fact]
    public void Get_gives_tars_of_every_dialect_whole_cut_and_changed()
    {
        var streams = (from tar in TarGenerator.Streams
                       from length in Gen.Frequency((2, Gen.Constant(1000)), (1, Gen.Choose(512, 999)))
                       from flip in Gen.Choose(0, 999)
                       from slice in Gen.Elements(1, 511, 512, 70_000)
                       select (tar, length, flip, slice)).ToArbitrary();
        using var repository = TestRepository.New();
        var ends = new HashSet<bool>();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(streams, given =>
        {
            // The same but for one bit a second time, so that chunks are found again: a header's checksum may be wrong then.
            var whole = given.tar.Bytes;
            var stream = whole[..Math.Max(512, (int)((long)whole.Length * given.length / 1000))];
            var changed = stream.ToArray();
            changed[(int)((long)changed.Length * given.flip / 1000)] ^= 1;
            var random = new System.Random(stream.Length);
            var first = repository.Put("name", stream, slice: () => random.Next(1, given.slice + 1));
            var second = repository.Put("name", changed, slice: () => random.Next(1, given.slice + 1));
            Assert.Equal(SnapshotKinds.Tar, first.Kind);
            if (stream.Length == whole.Length)
                Assert.Equal((false, given.tar.Members.Sum(archive => archive.Count)), (first.IsPartial, first.Members));
            ends.Add(first.IsPartial);
            Assert.Equal(stream, repository.Get(first));
            Assert.Equal(changed, repository.Get(second));
            Assert.Equal(changed, FrameDecoder.Decode(repository.GetFrames(second, 0, everything: true)).Stream);
        }));
        Assert.Equal(2, ends.Count);
    }

    [Fact]
    public void Get_goes_on_from_any_prefix()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Tar(TestBytes.Text(1, 1_500_000), TestBytes.Random(2, 700), TestBytes.Random(3, 70_000));
        var snapshot = repository.Put("name", stream);
        foreach (var length in new[] { 0, 1, 511, 512, 513, 1_000_000, 1_501_000, 1_503_000, stream.Length - 1, stream.Length })
            Assert.Equal(stream[length..], repository.Get(snapshot, stream[..length]));
    }

    [Fact]
    public void Get_refuses_a_prefix_that_is_not_of_the_stream()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Random(1, 100_000);
        var snapshot = repository.Put("name", stream);
        var error = Assert.Throws<RepositoryException>(() => repository.Get(snapshot, [1, 2, 3]));
        Assert.Equal(ErrorCode.Corrupt, error.Code);
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => repository.Get(snapshot, [.. stream, 0])).Code);
    }

    [Fact]
    public void Second_put_of_a_stream_stores_no_chunk()
    {
        using var repository = TestRepository.New();
        var stream = TestBytes.Tar(TestBytes.Text(1, 3_000_000), TestBytes.Random(2, 500_000));
        Assert.True(repository.Put("name", stream).NewChunks > 0);
        var again = repository.Put("name", stream);
        Assert.Equal((0, 0), (again.NewChunks, again.StoredBytes));
    }

    [Fact]
    public void Put_with_a_put_key_re_uses_what_it_cannot_open()
    {
        using var repository = TestRepository.New();
        using var putKeys = TestKeys.Full.ToPutKeys();
        var stream = TestBytes.Text(1, 1_000_000);
        repository.Put("name", stream, keys: putKeys);
        Assert.Equal(0, repository.Put("name", stream, keys: putKeys).NewChunks);
        var edited = TestBytes.Edited(stream, 3000);
        Assert.Equal(edited, repository.Get(repository.Put("name", edited, keys: putKeys)));
    }
}
