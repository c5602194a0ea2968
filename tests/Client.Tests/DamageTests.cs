using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>
/// Damage never passes for a whole stream: <c>get</c> ends with 3, and what it wrote of a tar is refused by the readers of
/// tars as well, which often are all that sees it.
/// </summary>
public sealed class DamageTests : IDisposable
{
    /// <summary>Two frames of a bundle: damage may hit the first contents or leave some to be written.</summary>
    private const string BigFirst = "head -c 1500000 /dev/urandom > 0";

    /// <summary>A part of a frame.</summary>
    private const string SmallFirst = "head -c 102400 /dev/urandom > 0";

    /// <summary>What it takes of a tar, bytes: a header, and its contents.</summary>
    private const int SmallFirstLength = 512 + 102_400;

    /// <summary>What ends a pipe that would look whole: one block that is no tar header.</summary>
    private const int SpoilerLength = 512;

    /// <summary>An offset in the first frame of any bundle, behind its head.</summary>
    private const int FirstFrame = 220;

    /// <summary>Makes the last member; members to pack.</summary>
    private static readonly Dictionary<string, (string Script, string Members)> Kinds = new()
    {
        ["big file"] = ("head -c 1500000 /dev/urandom > z", "0 z"),
        ["small file"] = ("echo small > z", "0 z"),
        ["whole blocks"] = ("head -c 5120 /dev/urandom > z", "0 z"),
        ["empty file"] = (": > z", "0 z"),
        ["directory"] = ("mkdir z", "0 z"),
        ["symlink"] = ("ln -s 0 z", "0 z"),
        ["hard link"] = ("ln 0 z", "0 z"),
        ["sparse file"] = ("truncate -s 1M z; echo x | dd of=z bs=1 seek=500000 conv=notrunc status=none", "--sparse 0 z"),
        ["sparse PAX file"] = ("truncate -s 1M z; echo x | dd of=z bs=1 seek=500000 conv=notrunc status=none", "--sparse --format=pax 0 z"),
        ["long name"] = ("echo x > $(printf 'z%.0s' $(seq 200))", "0 z*"),
        ["many empty files"] = ("mkdir z; touch z/{1..500}", "0 z"),
        ["only a small file"] = ("rm 0; echo small > z", "z"),
        ["only folders"] = ("rm 0; mkdir -p z/{1..50}", "z"),
        ["only an empty file"] = ("rm 0; : > z", "z"),
        ["only a long name"] = ("rm 0; : > $(printf 'z%.0s' $(seq 200))", "z*"),
    };

    private readonly Home home = new();

    public static TheoryData<string> KindNames => [.. Kinds.Keys];

    public void Dispose() => home.Dispose();

    [Theory]
    [MemberData(nameof(KindNames))]
    public async Task Damaged_bundle_fails_the_get_and_the_readers_of_its_tar(string kind)
    {
        var (script, members) = Kinds[kind];
        await RefusesDamage(Tars.Make($"{BigFirst}; {script}", members));
    }

    [Fact]
    public async Task Damaged_bundle_fails_the_get_and_the_readers_of_a_tar_that_bytes_follow() =>
        await RefusesDamage([.. Tars.Make(BigFirst, "0"), .. Bytes.Random(2_000_000, 1)]);

    [Theory]
    [InlineData("tar t")]
    [InlineData("tar x")]
    [InlineData("bsdtar -tf -")]
    [InlineData("bsdtar -xf -")]
    public async Task Pipe_into_a_reader_of_tars_fails_even_where_only_the_reader_is_asked(string reader)
    {
        await home.Put("t", Tars.Make($"{BigFirst}; ln -s 0 z", "0 z"));
        var largest = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        RepositoryFiles.Flip(largest, new FileInfo(largest).Length / 2);
        var answer = await home.Shell($"mkdir out; cd out; streamback get t | {reader} > /dev/null; echo \"${{PIPESTATUS[*]}}\"");
        Assert.Matches("^3 [1-9]", answer.Text);
    }

    [Fact]
    public async Task Tar_with_megabytes_of_headers_after_its_last_data_does_not_look_whole_either()
    {
        // More than is held back, so the cut falls between headers if damage is in a frame of the last ones; their names do not
        // compress, so that most of the bundle is frames of headers.
        var tar = Tars.Make($"{SmallFirst}; mkdir d; (cd d; head -c 640000 /dev/urandom | od -An -v -tx1 -w32 | tr -d ' ' | xargs touch)", "0 d");
        await home.Put("t", tar);
        var cuts = new List<int>();
        foreach (var bundle in home.Repository.Bundles)
        {
            var length = new FileInfo(bundle).Length;
            for (long offset = FirstFrame; offset < length; offset += length / 16)
            {
                RepositoryFiles.Flip(bundle, offset);
                if (await Cut(tar, $"{bundle} changed at {offset} of {length}") is { } cut)
                    cuts.Add(cut);
                RepositoryFiles.Flip(bundle, offset);
            }
        }

        Assert.True(cuts.Exists(cut => cut > SmallFirstLength), string.Join(" ", cuts) + " of " + tar.Length);
    }

    [Fact]
    public async Task Get_to_a_file_of_a_damaged_snapshot_leaves_no_file_of_that_name()
    {
        await home.Put("t", Bytes.Random(3_000_000, 1));
        var largest = home.Repository.Bundles.MaxBy(path => new FileInfo(path).Length)!;
        RepositoryFiles.Flip(largest, new FileInfo(largest).Length / 2);
        (await home.Run("get", "t", "-o", home.At("out"))).FailedWith(3, Path.GetFileName(largest));
        Assert.False(File.Exists(home.At("out")));
    }

    [Fact]
    public async Task Damaged_manifest_is_told_and_hides_no_other_snapshot()
    {
        await home.Put("a", "one"u8.ToArray());
        var manifest = Assert.Single(home.Repository.Snapshots);
        await home.Put("b", "two"u8.ToArray());
        RepositoryFiles.Flip(manifest, new FileInfo(manifest).Length / 2);

        // It may be the newest of any name, so no name alone selects a snapshot now; an id still does.
        (await home.Run("get", "a")).FailedWith(3, Path.GetFileName(manifest));
        (await home.Run("get", "b")).FailedWith(3, "NAME@ID");
        var list = await home.Run("list");
        Assert.Equal(3, list.ExitCode);
        Assert.EndsWith("  b", Assert.Single(list.Lines), StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(manifest), list.Errors, StringComparison.Ordinal);
        var json = await home.Run("list", "--json");
        Assert.Equal((3, "b"), (json.ExitCode, json.Json.GetProperty("name").GetString()));
        var error = System.Text.Json.JsonDocument.Parse(json.Errors).RootElement;
        Assert.Equal("corrupt", error.GetProperty("error").GetString());
        Assert.Contains(Path.GetFileName(manifest), error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("two", (await home.Run("get", $"b@{list.Lines[0][..8]}")).Text);
        await home.Put("a", "three"u8.ToArray());
    }

    [Fact]
    public async Task Put_stores_anew_what_a_deleted_bundle_had()
    {
        var stream = Bytes.Random(1_000_000, 1);
        await home.Put("t", stream);
        foreach (var bundle in home.Repository.Bundles)
            File.Delete(bundle);
        Assert.Equal(3, (await home.Run("get", "t")).ExitCode);
        await home.Put("t", stream);
        Assert.Equal(stream, (await home.Run("get", "t")).Succeeded().Output);
    }

    private async Task RefusesDamage(byte[] tar)
    {
        await home.Put("t", tar);
        foreach (var bundle in home.Repository.Bundles)
        {
            var length = new FileInfo(bundle).Length;
            foreach (var offset in new[] { FirstFrame, length / 2, length * 7 / 8 })
            {
                RepositoryFiles.Flip(bundle, offset);
                var cut = await Cut(tar, $"{bundle} changed at {offset} of {length}");
                Assert.True(cut is not null || offset > FirstFrame, $"{bundle} changed at {offset} of {length}: nothing shows");
                RepositoryFiles.Flip(bundle, offset);
            }

            File.Move(bundle, bundle + ".away");
            Assert.NotNull(await Cut(tar, $"{bundle} deleted"));
            File.Move(bundle + ".away", bundle);
        }

        Assert.Equal(tar, (await home.Run("get", "t")).Succeeded().Output);
    }

    // How many bytes of the stream come before a get refuses the rest; null if the damage hit nothing that matters: a bundle's padding,
    // say. Then the stream must be right.
    private async Task<int?> Cut(byte[] tar, string what)
    {
        var get = await home.Run("get", "t");
        if (get.ExitCode == 0)
        {
            Assert.Equal(tar, get.Output);
            return null;
        }

        Assert.True(get.ExitCode == 3, $"{what}: exit {get.ExitCode}, {get.Errors}");
        var common = tar.AsSpan().CommonPrefixLength(get.Output);
        Assert.True(common < tar.Length && get.Output.Length - common is 0 or SpoilerLength, $"{what}: wrote what is no part of the stream");
        const string Readers = "'tar t' 'tar x -C out' 'bsdtar -tf -' 'bsdtar -xf - -C out'";
        var fooled = await home.FeedShell(get.Output, $"cat > cut; rm -rf out; mkdir out; for r in {Readers}; do $r < cut > /dev/null 2>&1 && echo -n \"$r, \"; done; true");
        Assert.True(fooled.Text.Length == 0, $"{what}: after {get.Output.Length} of {tar.Length} bytes these see nothing wrong: {fooled.Text}{get.Errors}");
        return common;
    }
}
