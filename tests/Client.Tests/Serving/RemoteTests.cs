using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>What is special about a repository that is elsewhere: what is the same everywhere is in <see cref="ConformanceTests"/>.</summary>
public sealed class RemoteTests : IDisposable
{
    private readonly List<IDisposable> ends = [];

    private Way way = null!;

    private Home home = null!;

    public void Dispose() => ends.ForEach(end => end.Dispose());

    [Fact]
    public async Task A_put_only_token_puts_and_gets_nothing()
    {
        await Reach("http");
        await BeWho("putter", "put", "web1/");
        var put = (await home.Feed([1, 2], "put", "web1/x")).Succeeded();
        Assert.DoesNotContain("stored", put.Errors, StringComparison.Ordinal);
        (await home.Run("get", "web1/x")).FailedWith(6, "this needs get, and one may only put");
        (await home.Run("show", "web1/x")).FailedWith(6, "this needs get, and one may only put");
        (await home.Run("list")).FailedWith(6, "Not allowed");
        (await home.Feed([1, 2], "put", "web2/x")).FailedWith(6, "web2/x");
    }

    [Fact]
    public async Task A_get_only_token_gets()
    {
        await Reach("http");
        await BeWho("getter", "get");
        Assert.Equal([9, 9, 9], (await home.Run("get", "seed")).Succeeded().Output);
        await BeWho("elsewhere", "get", "web1/");
        (await home.Run("get", "seed")).FailedWith(6, "'seed' is outside of web1/");
        await BeWho("lister", "list", "web1/");
        (await home.Run("show", "seed")).FailedWith(6, "'seed' is outside of web1/");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", 1, "cannot be reached")]
    [InlineData("http://192.0.2.1:8420", 2, "https://")]
    [InlineData("http://127.0.0.1:1/path", 2, "no server's address")]
    [InlineData("ssh://", 2, "no place that ssh reaches")]
    [InlineData("ssh://-oProxyCommand=x", 2, "no place that ssh reaches")]
    [InlineData("ssh://host:x/", 2, "no place that ssh reaches")]
    [InlineData("sftp://host/path", 2, "sftp://")]
    [InlineData("user@host:/path", 2, "ssh://")]
    public async Task A_location_that_is_none_or_away_is_one_clear_error(string location, int exitCode, string says)
    {
        await Reach("folder");
        home["STREAMBACK_REPOSITORY"] = location;
        (await home.Run("list")).FailedWith(exitCode, says);
    }

    [Fact]
    public async Task An_unknown_certificate_is_refused()
    {
        await Reach("https");
        home["SSL_CERT_FILE"] = null;
        (await home.Run("list")).FailedWith(1, "STREAMBACK_CA_FILE");

        // It is not away: nothing is tried again, and no stream waits for it.
        (await home.Feed([1], "put", "x", "--retry-for", "1h", "--spool", "spool")).FailedWith(1, "certificate");
        Assert.Empty(Directory.EnumerateFiles(home.At("spool")));
    }

    [Fact]
    public async Task What_needs_the_repositorys_own_machine_says_so()
    {
        await Reach("http");
        (await home.Run("key", "show")).FailedWith(2, "own machine");
    }

    [Theory]
    [InlineData("/absent", 5, "There is no repository at /absent", "list")]
    [InlineData("/absent", 5, "There is no repository at /absent", "put", "x", "--retry-for", "1h", "--spool", "spool")]
    [InlineData("/etc/hostname", 2, "is a file", "get", "seed")]
    public async Task What_the_far_side_of_ssh_cannot_do_is_told_once_and_not_tried_again(string path, int exitCode, string says, params string[] arguments)
    {
        await Reach("ssh");
        home["STREAMBACK_REPOSITORY"] = "ssh://host" + path;
        var answer = await home.Feed([1], arguments);
        Assert.Equal((exitCode, ""), (answer.ExitCode, answer.Text));
        var lines = answer.Errors.TrimEnd('\n').Split('\n');
        Assert.Contains(says, lines[0], StringComparison.Ordinal);
        Assert.Equal([$"streamback: ssh://host{path}: the far side ended with exit code {exitCode}, and said why"], lines[1..]);
        Assert.Empty(Directory.Exists(home.At("spool")) ? Directory.EnumerateFiles(home.At("spool")) : []);
    }

    [Theory]
    [InlineData("exit 0", "answered nothing")]
    [InlineData("exit 127", "streamback cannot be run there")]
    [InlineData("exit 255", "is lost")]
    public async Task An_ssh_that_ends_at_once_is_not_started_again_for_the_same_request(string script, string says)
    {
        await Reach("folder");
        (await home.Shell($"mkdir bin && printf '#!/bin/sh\\necho started >> starts\\n{script}\\n' > bin/ssh && chmod 755 bin/ssh")).Succeeded();
        home["PATH"] = $"{home.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        home["STREAMBACK_REPOSITORY"] = "ssh://host/x";
        (await home.Run("list")).FailedWith(1, says);
        Assert.Single(File.ReadAllLines(home.At("starts")));
    }

    [Fact]
    public async Task Streams_go_through_ssh_with_nothing_on_this_side()
    {
        await Reach("ssh");
        await Tars.MakeTree(home);
        (await home.Shell("tar cS tree | tee in.tar | ssh host streamback put web1/etc && ssh host streamback get web1/etc | cmp - in.tar")).Succeeded();
    }

    [Theory]
    [InlineData("restore-files --transfermode=tar /web1/etc/latest")]
    [InlineData("restore-files --transfermode=tar /web1/etc")]
    [InlineData("get web1/etc")]
    [InlineData("get web1%2Fetc@-1")]
    public async Task A_request_line_over_ssh_gives_the_stream(string line)
    {
        await Reach("ssh");
        await Tars.MakeTree(home);
        (await home.Shell($"tar cS tree | tee in.tar | streamback put web1/etc && echo '{line}' | ssh host streamback serve --stdio | cmp - in.tar")).Succeeded();
    }

    [Theory]
    [InlineData("get none", 5, "'none'")]
    [InlineData("get seed part", 2, "no tar")]
    [InlineData("restore-files /seed", 2, "A request line is")]
    [InlineData("restore-files --transfermode=tar seed", 2, "slash")]
    [InlineData("get ../etc", 2, "'../etc'")]
    [InlineData("get %zz", 2, "'%zz'")]
    [InlineData("rm -rf /", 2, "neither HTTP nor a request line")]
    public async Task A_refused_request_line_writes_not_one_byte(string line, int exitCode, string says)
    {
        await Reach("folder");
        (await home.Feed(System.Text.Encoding.ASCII.GetBytes(line + "\n"), "serve", "--stdio")).FailedWith(exitCode, says);
    }

    [Fact]
    public async Task A_request_line_keeps_to_what_is_allowed()
    {
        await Reach("folder");
        await home.Put("web1/a", [1]);
        await home.Put("web2/a", [2]);
        Assert.Equal([1], (await home.Feed("get web1/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "get", "--prefix", "web1/")).Succeeded().Output);
        (await home.Feed("get web2/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "get", "--prefix", "web1/")).FailedWith(6, "web2/a");
        (await home.Feed("get web1/a\n"u8.ToArray(), "serve", "--stdio", "--allow", "put,list")).FailedWith(6, "get");
    }

    private async Task BeWho(string name, string allow, params string[] prefixes)
    {
        home["STREAMBACK_REPOSITORY"] = null;
        home.Token = await ServerProcess.Token(home, name, allow, prefixes);
        home["STREAMBACK_REPOSITORY"] = way.Location;
    }

    private async Task Reach(string kind)
    {
        ends.Add(way = await Way.Open(kind));
        home = way.Home;
    }
}
