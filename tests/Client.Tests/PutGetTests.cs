using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>put</c> and <c>get</c>: what went in comes out.</summary>
public sealed class PutGetTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("gnu")]
    [InlineData("pax")]
    public async Task Get_gives_a_real_tar_byte_for_byte(string format)
    {
        await Tars.MakeTree(home);
        (await home.Shell($"tar cSf in.tar --format={format} {(format == "pax" ? "--xattrs" : "")} tree && streamback put t < in.tar")).Succeeded();
        (await home.Shell("streamback get t | cmp - in.tar && streamback get t | tar d")).Succeeded();
        Assert.Equal("tar", (await home.Run("show", "t", "--json")).Json.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Who_means_one_of_the_names_below_is_told_which_there_are()
    {
        foreach (var name in new[] { "web1/etc", "web1/a", "web1/b", "web1/c", "web10" })
            await home.Put(name, [1]);
        foreach (var verb in new[] { "get", "show", "ls" })
            (await home.Run(verb, "web1")).FailedWith(5, "No snapshot has the name 'web1'; below it are web1/a, web1/b, web1/c …");
        (await home.Run("get", "web")).FailedWith(5, "No snapshot has the name 'web'\n");
        (await home.Run("get", "web10@-2")).FailedWith(5, "web10");
    }

    [Fact]
    public async Task Get_piped_into_bsdtar_restores_the_tree()
    {
        await Tars.MakeTree(home);
        (await home.Shell("bsdtar -cf - tree | streamback put t && mkdir out && streamback get t | bsdtar -xf - -C out && diff -r --no-dereference tree out/tree")).Succeeded();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(3_000_001)]
    public async Task Get_gives_any_bytes_back(int length)
    {
        var bytes = Bytes.Random(length, length);
        Assert.Equal("raw", (await home.Put("bytes", bytes)).Json.GetProperty("kind").GetString());
        Assert.Equal(bytes, (await home.Run("get", "bytes")).Succeeded().Output);
    }

    [Fact]
    public async Task Get_gives_text_back_and_nothing_else_on_its_output()
    {
        var text = "one\r\ntwo\n\0three";
        (await home.Feed(Encoding.UTF8.GetBytes(text), "put", "text")).Succeeded();
        var answer = await home.Run("get", "text");
        Assert.Equal((text, ""), (answer.Text, answer.Errors));
    }

    [Fact]
    public async Task Put_of_a_command_stores_its_output_and_remembers_the_command()
    {
        (await home.Run("put", "c", "--", "printf", "%s-%s", "--tag", "two words")).Succeeded();
        Assert.Equal("--tag-two words", (await home.Run("get", "c")).Text);
        var command = (await home.Run("show", "c", "--json")).Json.GetProperty("command");
        Assert.Equal(["printf", "%s-%s", "--tag", "two words"], command.EnumerateArray().Select(word => word.GetString()));
    }

    [Fact]
    public async Task Put_of_what_is_stored_already_stores_nothing_new()
    {
        await home.Put("one", Tars.Small);
        var before = home.Repository.Bundles;
        var again = (await home.Put("two", Tars.Small)).Json;
        Assert.Equal((0, 0), (again.GetProperty("newChunks").GetInt64(), again.GetProperty("newChunkBytes").GetInt64()));
        Assert.Equal(before, home.Repository.Bundles);
    }

    [Fact]
    public async Task Put_of_a_little_changed_tar_stores_little()
    {
        var first = Tars.Make("head -c 3000000 /dev/urandom > big; echo a > a", "a big");
        var second = first.ToArray();
        second[1_500_000] ^= 1;
        await home.Put("t", first);
        var json = (await home.Put("t", second)).Json;
        Assert.InRange(json.GetProperty("newChunkBytes").GetInt64(), 1, 600_000);
        Assert.Equal(second, (await home.Run("get", "t")).Output);
        Assert.Equal(first, (await home.Run("get", "t@-2")).Output);
    }

    [Fact]
    public async Task Put_json_has_the_members_of_the_contract()
    {
        var answer = (await home.Put("web1/etc", Tars.Small)).Json;
        string[] expected = ["id", "name", "time", "kind", "length", "sha256", "members", "chunks", "newChunks", "newChunkBytes", "storedBytes"];
        Assert.Equal(expected, answer.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[0-9a-f]{64}$", answer.GetProperty("id").GetString());
        Assert.Equal("web1/etc", answer.GetProperty("name").GetString());
        Assert.Equal(DateTimeKind.Utc, answer.GetProperty("time").GetDateTime().Kind);
        Assert.Equal(Tars.Small.Length, answer.GetProperty("length").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Tars.Small)), answer.GetProperty("sha256").GetString());
        Assert.Equal(3, answer.GetProperty("members").GetInt64());
        Assert.Equal(answer.GetProperty("chunks").GetInt64(), answer.GetProperty("newChunks").GetInt64());
        Assert.Equal(JsonValueKind.Number, answer.GetProperty("newChunkBytes").ValueKind);
        Assert.InRange(answer.GetProperty("storedBytes").GetInt64(), 1, home.Repository.Length);
    }

    [Fact]
    public async Task Put_dry_run_says_what_would_be_new_and_stores_nothing()
    {
        await home.Put("t", Tars.Small);
        var before = home.Repository.Fingerprint();
        var bytes = Bytes.Random(200_000, 1);
        var dry = (await home.Put("t", bytes, "--dry-run")).Json;
        Assert.Equal(bytes.Length, dry.GetProperty("newChunkBytes").GetInt64());
        Assert.Equal(before, home.Repository.Fingerprint());
        Assert.Equal(0, (await home.Put("t", Tars.Small, "--dry-run")).Json.GetProperty("newChunkBytes").GetInt64());
        Assert.StartsWith("streamback: Dry run of t: ", (await home.Feed(bytes, "put", "t", "--dry-run")).Succeeded().Errors, StringComparison.Ordinal);
        Assert.Single((await home.Run("list")).Lines);
    }

    [Fact]
    public async Task Put_raw_keeps_a_tar_as_bytes()
    {
        await home.Put("t", Tars.Small, "--raw");
        Assert.Equal("raw", (await home.Run("show", "t", "--json")).Json.GetProperty("kind").GetString());
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Output);
    }

    [Fact]
    public async Task Put_of_a_compressed_stream_keeps_it_and_advises_against_it()
    {
        var answer = (await home.Shell("echo hello | gzip | streamback put z")).Succeeded();
        Assert.Contains("gzip", answer.Errors, StringComparison.Ordinal);
        Assert.Equal("hello\n", (await home.Shell("streamback get z | gunzip")).Succeeded().Text);
    }

    [Fact]
    public async Task Put_quiet_says_nothing()
    {
        await home.Put("t", Tars.Small);
        var answer = (await home.Feed(Tars.Small, "put", "t", "--quiet")).Succeeded();
        Assert.Equal(("", ""), (answer.Text, answer.Errors));
    }
}
