using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>tag</c>: labels come and go, and the snapshot stays as it is.</summary>
public sealed class TagTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nline")]
    [InlineData("\e[31mred")]
    public async Task What_is_no_tag_is_refused(string tag)
    {
        await home.Put("t", Tars.Small);
        Assert.Equal(2, (await home.Run("tag", "t", tag)).ExitCode);
        Assert.Equal(2, (await home.Feed(Tars.Small, "put", "t", "--tag", tag)).ExitCode);
    }

    [Fact]
    public async Task Tag_gives_and_takes_labels_of_one_snapshot()
    {
        await home.Put("t", "one"u8.ToArray(), "--tag", "a");
        await home.Put("t", "two"u8.ToArray());
        (await home.Run("tag", "t@-2", "b", "c")).Succeeded();
        (await home.Run("tag", "t@-2", "--remove", "a")).Succeeded();
        var tags = (await home.Run("show", "t@-2", "--json")).Json.GetProperty("tags");
        Assert.Equal(["b", "c"], tags.EnumerateArray().Select(tag => tag.GetString()));
        Assert.Single((await home.Run("list", "--tag", "b")).Lines);
        Assert.Equal("one", (await home.Run("get", "t@-2")).Text);
        (await home.Run("tag", "t")).FailedWith(2, "labels");
        (await home.Run("tag", "absent", "x")).FailedWith(5, "absent");
    }
}
