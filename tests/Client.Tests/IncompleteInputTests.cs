using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>End of input is not success: what did not finish is not listed. Offsets are those of <see cref="Tars.Small"/>.</summary>
public sealed class IncompleteInputTests : IDisposable
{
    private const int EndBlocks = 5120;
    private const int Block = 512;

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData(3584 + 100)] // in the second header
    [InlineData(Block + 1000)] // in the first member's contents
    [InlineData(Block + 3000)] // before the padding
    [InlineData(Block + 3050)] // in the padding
    [InlineData(3584)] // between two members
    [InlineData(EndBlocks)] // after the last, no end blocks
    public async Task Tar_that_ends_too_soon_is_not_kept(int length)
    {
        await home.Put("before", "kept"u8.ToArray());
        (await home.Feed(Tars.Small[..length], "put", "t")).FailedWith(4, "nothing was kept");
        Assert.EndsWith("before", Assert.Single((await home.Run("list")).Lines), StringComparison.Ordinal);
        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(home.Repository.Sessions);
    }

    [Fact]
    public async Task Truncated_tar_is_kept_marked_for_who_insists_and_its_get_ends_with_4()
    {
        var cut = Tars.Small[..2000];
        await home.Put("t", cut, "--allow-truncated");
        Assert.Equal(["truncated"], await Marks());
        var answer = await home.Run("get", "t");
        Assert.Equal((4, true), (answer.ExitCode, answer.Output.SequenceEqual(cut)));
        Assert.Contains("truncated", answer.Errors, StringComparison.Ordinal);
        Assert.Equal(4, (await home.Run("get", "t", "-o", home.At("out"))).ExitCode);
        Assert.Equal(cut, File.ReadAllBytes(home.At("out")));
    }

    [Fact]
    public async Task Tar_with_one_zero_block_is_complete_with_a_warning()
    {
        var tar = Tars.Small[..(EndBlocks + Block)];
        var answer = (await home.Feed(tar, "put", "t", "--json")).Succeeded();
        Assert.Contains("zero block", answer.Errors, StringComparison.Ordinal);
        Assert.Equal(tar, (await home.Run("get", "t")).Succeeded().Output);
        Assert.Empty(await Marks());
    }

    [Fact]
    public async Task Tar_that_stops_being_one_is_kept_whole_and_marked()
    {
        byte[] stream = [.. Tars.Small[..EndBlocks], .. Bytes.Random(5000, 1)];
        await home.Put("before", "x"u8.ToArray());
        var answer = (await home.Feed(stream, "put", "t", "--json")).Succeeded();
        Assert.Single(answer.Errors.TrimEnd('\n').Split('\n'));
        Assert.Equal(["raw-tail"], await Marks());
        Assert.Equal(stream, (await home.Run("get", "t")).Succeeded().Output);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Whatever_follows_the_end_blocks_is_kept(int length)
    {
        byte[] stream = [.. Tars.Small, .. Bytes.Random(length, 2), .. Tars.Small];
        await home.Put("t", stream);
        Assert.Equal(stream, (await home.Run("get", "t")).Succeeded().Output);
    }

    [Fact]
    public async Task Empty_input_is_kept_marked_only_for_who_insists()
    {
        await home.Put("before", "x"u8.ToArray());
        (await home.Feed([], "put", "t")).FailedWith(4, "empty");
        Assert.Single((await home.Run("list")).Lines);
        await home.Put("t", [], "--allow-empty");
        Assert.Equal(["empty"], await Marks());
        (await home.Run("get", "t")).FailedWith(4, "empty");
    }

    [Theory]
    [InlineData("echo some; exit 3", "exited with 3")]
    [InlineData("echo some; kill -9 $$", "137")]
    [InlineData("exit 1", "exited with 1")]
    public async Task Output_of_a_command_that_fails_is_not_kept(string script, string says)
    {
        await home.Put("before", "x"u8.ToArray());
        (await home.Run("put", "t", "--", "sh", "-c", script)).FailedWith(4, says);
        Assert.Single((await home.Run("list")).Lines);
    }

    [Fact]
    public async Task Failed_command_is_not_kept_even_for_who_allows_truncated_input()
    {
        await home.Put("before", "x"u8.ToArray());
        (await home.Run("put", "t", "--allow-truncated", "--allow-empty", "--", "false")).FailedWith(4, "false exited with 1");
        Assert.Single((await home.Run("list")).Lines);
    }

    [Fact]
    public async Task Nothing_after_the_dashes_is_a_mistake_and_not_standard_input() =>
        (await home.Feed("x"u8.ToArray(), "put", "t", "--")).FailedWith(2, "after --");

    [Fact]
    public async Task Command_that_does_not_exist_is_named()
    {
        await home.Put("before", "x"u8.ToArray());
        var answer = await home.Run("put", "t", "--", "no-such-program-here");
        answer.FailedWith(4, "no-such-program-here");
        Assert.Contains("there is no such command", answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_producer_of_a_tar_leaves_nothing_listed()
    {
        await home.Put("before", "x"u8.ToArray());
        home.Write("half", Tars.Small[..3000]);
        var answer = await home.Shell("sh -c 'cat half; kill -9 $$' | streamback put t");
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("nothing was kept", answer.Errors, StringComparison.Ordinal);
        Assert.Single((await home.Run("list")).Lines);
    }

    private async Task<IEnumerable<string?>> Marks() =>
        (await home.Run("show", "t", "--json")).Succeeded().Json.GetProperty("marks").EnumerateArray().Select(mark => mark.GetString());
}
