using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>Where <c>get</c> writes: pipes that close, disks that fill, files that were begun before.</summary>
public sealed class OutputTests(OutputTests.Stocked stocked) : IClassFixture<OutputTests.Stocked>
{
    private readonly Home home = stocked.Home;

    /// <summary>A repository with one stream, larger than any pipe, made once.</summary>
    public sealed class Stocked : IAsyncLifetime
    {
        internal Home Home { get; } = new();

        internal byte[] Stream { get; } = Bytes.Random(6_000_000, 1);

        internal string Id { get; private set; } = "";

        public async Task InitializeAsync() => Id = (await Home.Put("t", Stream)).Json.GetProperty("id").GetString()!;

        public Task DisposeAsync()
        {
            Home.Dispose();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Get_ends_quietly_when_its_reader_has_enough()
    {
        var answer = await home.Shell("streamback get t | head -c 1; echo \" ${PIPESTATUS[0]}\" >&2");
        Assert.Equal(stocked.Stream[..1], answer.Output);
        Assert.Equal(" 141\n", answer.Errors);
    }

    [Fact]
    public async Task Get_into_a_full_device_says_so() =>
        (await home.Shell("streamback get t > /dev/full")).FailedWith(8, "No space left");

    [Fact]
    public async Task Get_appends_where_the_shell_says()
    {
        (await home.Shell("echo before > appended; streamback get t >> appended; echo after >> appended")).Succeeded();
        Assert.Equal([.. "before\n"u8, .. stocked.Stream, .. "after\n"u8], File.ReadAllBytes(home.At("appended")));
    }

    [Fact]
    public async Task Get_to_a_file_leaves_that_file_only()
    {
        Directory.CreateDirectory(home.At("one"));
        home.Write("one/out", [1, 2, 3]);
        (await home.Run("get", "t", "-o", home.At("one/out"))).Succeeded();
        Assert.Equal(stocked.Stream, File.ReadAllBytes(home.At("one/out")));
        Assert.Single(Directory.GetFileSystemEntries(home.At("one")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_333_333)]
    [InlineData(5_999_999)]
    [InlineData(6_000_000)]
    public async Task Get_to_a_file_goes_on_where_it_was_cut(int length)
    {
        var file = home.At($"cut-{length}");
        File.WriteAllBytes($"{file}.{stocked.Id[..8]}.partial", stocked.Stream[..length]);
        (await home.Run("get", "t", "-o", file)).Succeeded();
        Assert.Equal(stocked.Stream, File.ReadAllBytes(file));
        Assert.False(File.Exists($"{file}.{stocked.Id[..8]}.partial"));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(6_000_000)]
    [InlineData(7_000_000)]
    public async Task Get_to_a_file_is_right_even_if_what_was_begun_is_wrong(int length)
    {
        var file = home.At($"wrong-{length}");
        var partial = new byte[length];
        stocked.Stream.AsSpan(0, Math.Min(length, stocked.Stream.Length)).CopyTo(partial);
        partial[length / 2] ^= 1;
        File.WriteAllBytes($"{file}.{stocked.Id[..8]}.partial", partial);
        (await home.Run("get", "t", "-o", file)).Succeeded();
        Assert.Equal(stocked.Stream, File.ReadAllBytes(file));
    }

    [Fact]
    public async Task Get_to_a_file_answers_in_json()
    {
        var json = (await home.Run("get", "t", "-o", home.At("j"), "--json")).Succeeded().Json;
        Assert.Equal(stocked.Id, json.GetProperty("id").GetString());
    }

    [Fact]
    public async Task List_ends_quietly_when_its_reader_has_gone()
    {
        var answer = await home.Shell("streamback list | true; echo \" ${PIPESTATUS[0]}\" >&2");
        Assert.Contains(answer.Errors, new[] { " 0\n", " 141\n" }); // little enough may be written before the reader goes
    }
    [Fact]
    public async Task Get_to_a_named_pipe_writes_into_it_and_to_a_link_writes_what_it_leads_to()
    {
        await home.Put("small", Tars.Small);
        var pipe = await home.Shell("mkfifo p; timeout 60 cat p > copy & streamback get small -o p; wait; test -p p && cmp copy <(streamback get small)");
        pipe.Succeeded();
        var link = await home.Shell("echo old > real; ln -s real link; streamback get small -o link; test -L link && cmp real <(streamback get small)");
        link.Succeeded();
        Assert.Equal(Tars.Small, (await home.Run("get", "small", "-o", "-")).Succeeded().Output);
        Assert.False(File.Exists(home.At("-")));
    }

    [Fact]
    public async Task List_to_a_full_disk_says_so_in_a_line()
    {
        await home.Put("small", Tars.Small);
        var answer = await home.Shell("streamback list > /dev/full");
        Assert.Equal(8, answer.ExitCode);
        Assert.Single(answer.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public async Task Output_into_what_is_no_file_leaves_nothing_behind(string path)
    {
        await home.Put("small", [1, 2, 3]);
        (await home.Run("get", "small", "-o", path)).FailedWith(2, "name a file with -o");
        Assert.Empty(Directory.GetFiles(home.Folder, "*.partial"));
    }

    [Fact]
    public async Task Output_in_place_of_a_private_file_is_private()
    {
        await home.Put("small", [1, 2, 3]);
        (await home.Shell("touch private && chmod 600 private && streamback get small -o private && test $(stat -c %a private) = 600")).Succeeded();
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_sign_is_no_file_of_words()
    {
        await home.Put("small", [1, 2, 3]);
        home.Write("words", "secret"u8.ToArray());
        (await home.Run("tag", "small", "@words")).Succeeded();
        Assert.Contains("#@words", (await home.Run("list", "small")).Text, StringComparison.Ordinal);
    }
}
