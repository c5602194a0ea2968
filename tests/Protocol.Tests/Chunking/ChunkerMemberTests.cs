using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Chunking;
using static StreamBack.Protocol.Tests.Chunking.ChunkingFixture;

namespace StreamBack.Protocol.Tests.Chunking;

public class ChunkerMemberTests
{
    private static readonly Gen<byte[][]> Members =
        from seed in Gen.Choose(0, 1000)
        from lengths in Gen.OneOf(Gen.Choose(0, 200), Gen.Choose(0, 20_000), Gen.Choose(0, 300_000)).ListOf(60)
        select lengths.Select((length, i) => Bytes((seed * 100) + i, length)).ToArray();

    [Fact]
    public void Chunks_are_the_stream_however_members_are_fed()
    {
        var cases = from members in Members from slice in Gen.Choose(2, 300_000) select (members, slice);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(40),
            Prop.ForAll(cases.ToArbitrary(), c =>
            {
                var random = new System.Random(c.slice);
                var chunks = CutMembers(c.members, slice: () => random.Next(1, c.slice));
                ChunkerTests.AssertSame(CutMembers(c.members), chunks);
                return chunks.SelectMany(x => x.Bytes).SequenceEqual(c.members.SelectMany(x => x));
            }));
    }

    [Fact]
    public void Member_of_the_group_threshold_shares_no_chunk() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(40),
            Prop.ForAll(Members.ToArbitrary(), members =>
            {
                var cuts = CutMembers(members).Select(c => c.Offset).ToHashSet();
                var end = 0L;
                cuts.Add(members.Sum(m => (long)m.Length));
                return members.All(m =>
                {
                    var start = end;
                    end += m.Length;
                    return m.Length < Smallest.GroupThreshold || (cuts.Contains(start) && cuts.Contains(end));
                });
            }));

    [Fact]
    public void Small_members_share_chunks_of_at_least_the_minimum()
    {
        var chunks = CutMembers(Enumerable.Range(0, 2000).Select(i => Bytes(i, 1 + (i * 37 % 3000))));
        Assert.All(chunks.SkipLast(1), c => Assert.InRange(c.Bytes.Length, Smallest.Minimum, Smallest.Maximum));
    }

    [Fact]
    public void Small_member_is_never_split()
    {
        byte[][] members = [.. Enumerable.Range(0, 2000).Select(i => Bytes(i, 1 + (i * 37 % (Smallest.GroupThreshold - 1))))];
        var borders = new HashSet<long>();
        var end = 0L;
        foreach (var member in members)
            borders.Add(end += member.Length);
        var chunks = CutMembers(members);
        Assert.All(chunks, c => Assert.Contains(c.Offset + c.Bytes.Length, borders));
    }

    [Fact]
    public void Inserted_and_removed_small_member_changes_only_the_chunks_around_it()
    {
        byte[][] members = [.. Enumerable.Range(0, 3000).Select(i => Bytes(i, 100 + (i * 769 % 4000)))];
        byte[][] inserted = [.. members[..1500], Bytes(9999, 500), .. members[1500..]];
        Assert.InRange(ChangedBytes(members, inserted), 1, 8 * Smallest.Average);
        Assert.InRange(ChangedBytes(inserted, members), 1, 8 * Smallest.Average);
    }

    [Fact]
    public void Moved_large_member_is_all_known()
    {
        byte[][] members = [.. Enumerable.Range(0, 20).Select(i => Bytes(i, 50_000 + (i * 7777)))];
        Assert.Equal(0, ChangedBytes(members, [.. members[10..], .. members[..10]]));
    }

    [Fact]
    public void More_borders_than_may_wait_are_cut_the_same()
    {
        byte[][] members = [.. Enumerable.Range(0, 60_000).Select(i => Bytes(i, 1 + (i % 5)))];
        ChunkerTests.AssertSame(CutMembers(members), CutMembers(members, slice: () => 1));
        Assert.Equal(members.Sum(m => m.Length), CutMembers(members).Sum(c => c.Bytes.Length));
    }

    [Fact]
    public void Empty_member_makes_no_border()
    {
        byte[][] members = [Bytes(1, 20_000), Bytes(2, 20_000)];
        ChunkerTests.AssertSame(CutMembers(members), CutMembers([[], members[0], [], [], members[1], []]));
    }

    [Fact]
    public void Bytes_after_a_large_member_begin_a_chunk()
    {
        var chunks = Run(null, chunker =>
        {
            chunker.BeginMember(20_000);
            chunker.Append(Bytes(1, 20_000 + 300));
        });
        Assert.Contains(chunks, c => c.Offset == 20_000);
    }

    [Fact]
    public void Member_that_breaks_off_is_kept_as_far_as_it_came()
    {
        var chunks = Run(null, chunker =>
        {
            chunker.BeginMember(long.MaxValue / 2);
            chunker.Append(Bytes(1, 100_000));
        });
        Assert.Equal(Bytes(1, 100_000), chunks.SelectMany(c => c.Bytes));
    }

    [Fact]
    public void BeginMember_inside_another_is_refused()
    {
        var chunker = new Chunker(Rolling, Smallest, () => new ChunkBatch(Smallest), _ => { });
        chunker.BeginMember(10);
        chunker.Append(new byte[9]);
        Assert.Throws<InvalidOperationException>(() => chunker.BeginMember(1));
    }

    private static long ChangedBytes(IEnumerable<byte[]> before, IEnumerable<byte[]> after)
    {
        var known = CutMembers(before).Select(c => c.Hash).ToHashSet();
        return CutMembers(after).Where(c => !known.Contains(c.Hash)).Sum(c => (long)c.Bytes.Length);
    }
}
