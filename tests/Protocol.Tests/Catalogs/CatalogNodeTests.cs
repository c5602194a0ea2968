using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Nodes that nobody's catalog has: whoever may put can write them.</summary>
public class CatalogNodeTests
{
    /// <summary>Bytes before a node in the catalog: what is beneath it.</summary>
    private const int Beneath = 10;

    private static readonly byte[] NoKey = [];

    [Fact]
    public void A_node_has_the_nodes_that_fill_the_bytes_before_it()
    {
        Assert.Equal([(0L, 4), (4L, 6)], Node(1, 2, Child("a", 4, 4), Child("b", 6, 6)).Children(NoKey).Select(child => (child.Start, child.Length)));
        Assert.Equal([(3L, 7)], Node(1, 1, Child("a", Beneath, 7)).Children(NoKey).Select(child => (child.Start, child.Length)));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 })] // no entries
    [InlineData(new byte[] { 0, 2, 0 })] // more than there are bytes
    [InlineData(new byte[] { 255, 1, 0 })] // too many levels
    public void A_node_without_sense_is_damage(byte[] bytes) => AssertDamaged(() => _ = new CatalogNode(bytes, Place));

    [Theory]
    [InlineData(0, 0)] // empty: very many would fit into a node
    [InlineData(Beneath, 0)]
    [InlineData(4, 5)] // longer than itself with all beneath it
    [InlineData(Beneath - 1, 1)] // a gap, in which another may point
    [InlineData(Beneath + 1, 1)]
    public void So_is_one_whose_nodes_are_no_tree(int subtree, int length) =>
        AssertDamaged(() => Assert.Empty(Node(1, 1, Child("a", subtree, length)).Children(NoKey)));

    private static CatalogChild Place => new(default, 0, Beneath, 100);

    private static CatalogNode Node(byte level, byte entries, params byte[][] children) => new([level, entries, .. children.SelectMany(child => child)], Place);

    // Nothing shared with the key before, the rest of the key, a base that is as expected, and two lengths.
    private static byte[] Child(string key, int subtree, int length) => [0, (byte)key.Length, .. key.Select(letter => (byte)letter), 0, 0, 0, (byte)subtree, (byte)length];

    private static void AssertDamaged(Action read) => Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(read).Code);
}
