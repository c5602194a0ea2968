using System.Text;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>What names mean, and how they sort.</summary>
public sealed class MemberPathTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("./a", "a")]
    [InlineData("a/", "a")]
    [InlineData("/a", "a")]
    [InlineData("a//b/./c/", "a/b/c")]
    [InlineData("a/../b", "b")]
    [InlineData("../../a", "a")]
    [InlineData("a/..", "")]
    [InlineData("..", "")]
    [InlineData("./", "")]
    [InlineData("/", "")]
    [InlineData("", "")]
    [InlineData(".a/..b/...", ".a/..b/...")]
    public void A_name_means_a_path(string name, string path)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        Assert.Equal(path, Encoding.UTF8.GetString(bytes[..MemberPath.Clean(bytes, bytes)]));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "\0a")]
    [InlineData("a/b", "a\0b")]
    [InlineData("a/b/c", "a/b\0c")]
    public void A_key_is_a_path_and_back(string path, string key)
    {
        Assert.Equal(key, Encoding.UTF8.GetString(MemberPath.Key(Encoding.UTF8.GetBytes(path))));
        Assert.Equal(path, Encoding.UTF8.GetString(MemberPath.OfKey(Encoding.UTF8.GetBytes(key))));
    }

    [Fact]
    public void The_entries_of_a_folder_stand_together()
    {
        string[] paths = ["a", "a/b", "a/b/c", "a/z", "a!", "a!/x", "ab", "b"];
        var sorted = paths.OrderBy(path => MemberPath.Key(Encoding.UTF8.GetBytes(path)), Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right)));
        Assert.Equal(["a", "a!", "ab", "b", "a/b", "a/z", "a!/x", "a/b/c"], sorted);
    }
}
