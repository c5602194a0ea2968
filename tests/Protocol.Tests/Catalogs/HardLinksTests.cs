using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>What hard links lead to.</summary>
public sealed class HardLinksTests
{
    [Fact]
    public void A_link_leads_to_the_last_member_of_its_target_before_it()
    {
        var tree = Tree(Link(Link(new TarBuilder().Member("a", "1"), "b", "./a").Member("a", "22"), "c", "a").Member("a", "333").End());
        var links = new HardLinks(tree);
        Assert.Equal((1, 2), (links.Follow(tree.Find("b"u8.ToArray())!)!.Size, links.Follow(tree.Find("c"u8.ToArray())!)!.Size));
        Assert.Equal("c"u8.ToArray(), links.Extracted(tree.Find("c"u8.ToArray())!).Path);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Sixteen_steps_are_followed(int steps, bool leads)
    {
        var tar = new TarBuilder().Member("l0", "x");
        for (var step = 1; step <= steps; step++)
            tar = Link(tar, $"l{step}", $"l{step - 1}");
        var tree = Tree(tar.End());
        Assert.Equal(leads, new HardLinks(tree).Follow(tree.Find(System.Text.Encoding.ASCII.GetBytes($"l{steps}"))!) is not null);
    }

    [Fact]
    public void A_link_to_itself_or_to_what_comes_later_leads_nowhere()
    {
        var tree = Tree(Link(Link(new TarBuilder(), "self", "self"), "early", "late").Member("late", "x").End());
        foreach (var name in new[] { "self", "early" })
        {
            var link = tree.Find(System.Text.Encoding.ASCII.GetBytes(name))!;
            Assert.Null(new HardLinks(tree).Follow(link));
            Assert.Same(link, new HardLinks(tree).Extracted(link));
        }
    }

    private static CatalogTree Tree(TarBuilder tar) => new(BuiltCatalog.Of(tar.ToArray()).Reader, new MemoryStream());

    private static TarBuilder Link(TarBuilder tar, string name, string target) => tar.Pax('x', ("linkpath", target)).Member(name, "", type: '1');
}
