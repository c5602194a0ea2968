using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>hold</c>, <c>release</c> and what <c>remove</c> says before it does it.</summary>
public sealed class HoldTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task What_is_held_stays_until_it_is_released()
    {
        await home.Put("t", [1]);
        await home.Put("t", [2]);
        Assert.Matches("^streamback: Held t@[0-9a-f]{8} of .*: it can be neither removed nor forgotten; streamback release t@[0-9a-f]{8} lets it go\n$", (await home.Run("hold", "t@-2")).Succeeded().Errors);
        Assert.Contains("is held already", (await home.Run("hold", "t@-2")).Succeeded().Errors, StringComparison.Ordinal);
        (await home.Run("remove", "t@-2", "t@-1")).FailedWith(6, "is held");
        (await home.Run("remove", "t@-2", "--dry-run")).FailedWith(6, "is held");
        Assert.Contains("held", (await home.Run("forget", "t", "--keep-last", "1")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal(2, (await home.Run("list", "t")).Lines.Length);
        Assert.Contains("Released t@", (await home.Run("release", "t@-2")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Contains("is not held", (await home.Run("release", "t@-2")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Equal("", (await home.Run("hold", "t", "--quiet")).Succeeded().Errors);
    }

    [Fact]
    public async Task What_would_be_removed_is_said_and_stays()
    {
        await home.Put("t", [1]);
        await home.Put("t", [2]);
        var told = (await home.Run("remove", "t@-2", "--dry-run")).Succeeded();
        Assert.Matches("^streamback: Would remove t@[0-9a-f]{8} of .*Z\n$", told.Errors);
        Assert.Equal(2, (await home.Run("list", "t")).Lines.Length);
        (await home.Run("remove", "t@-2")).Succeeded();
        Assert.Single((await home.Run("list", "t")).Lines);
    }
}
