using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>
/// The one-liners that the guide promises, word for word: <c>host:8420</c> is led to the server by curl's own configuration file, and
/// <c>ssh host</c> to a real sshd.
/// </summary>
public sealed class OneLinerTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private readonly List<IDisposable> ends = [];

    public async Task InitializeAsync()
    {
        await home.Put("seed", [1]);
        home["T"] = await ServerProcess.Token(home, "web1", "put,get", "web1/");
        (await home.Shell(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=host -addext subjectAltName=DNS:host -keyout server.key -out server.pem 2>/dev/null")).Succeeded();
        await Tars.MakeTree(home);
        (await home.Shell("mv tree dir && mkdir there")).Succeeded();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        ends.ForEach(end => end.Dispose());
        home.Dispose();
    }

    [Fact]
    public async Task By_curl_over_TLS()
    {
        await Serve();
        (await home.Shell("""
            set -e
            tar c dir | curl -sS --fail-with-body -T - -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web1/etc
            cd there
            curl -fsS -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web1/etc@latest | tar x
            """)).Succeeded();
        await AssertCameBack();
    }

    [Fact]
    public async Task By_curl_that_is_refused_and_says_why()
    {
        await Serve();
        var put = await home.Shell("""tar c dir | curl -sS --fail-with-body -T - -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web2/etc""");
        Assert.Equal(22, put.ExitCode);
        Assert.Contains("is outside of web1/", put.Text, StringComparison.Ordinal);
        var get = await home.Shell("""curl -fsS -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web2/etc@latest""");
        Assert.Equal((22, ""), (get.ExitCode, get.Text));
        Assert.Contains("403", get.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_curl_that_is_killed_and_goes_on_by_id()
    {
        await Serve();
        home.Write("dir/large", Bytes.Random(6_000_000, 1));
        (await home.Shell("""
            set -e
            tar c dir | tee in.tar | curl -sS --fail-with-body -T - -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web1/etc > put.json
            ID=$(sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' put.json)
            curl -fsS --limit-rate 2M -o etc.tar -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web1/etc@$ID & curl=$!
            until [[ -s etc.tar ]]; do sleep 0.05; done
            kill -9 $curl
            wait $curl || true
            had=$(stat -c %s etc.tar)
            ((had > 0 && had < $(stat -c %s in.tar)))
            curl -fsS -C - -o etc.tar -H "Authorization: Bearer $T" https://host:8420/api/v1/snapshots/web1/etc@$ID
            cmp etc.tar in.tar
            cd there
            tar xf ../etc.tar
            """)).Succeeded();
        await AssertCameBack();
    }

    [Fact]
    public async Task By_ssh_on_both_ways()
    {
        ends.Add(await SshServer.Start(home));
        (await home.Shell("""
            set -e
            tar c dir | ssh host streamback put web1/etc
            cd there
            ssh host streamback get web1/etc | tar x
            """)).Succeeded();
        await AssertCameBack();
    }

    [Fact]
    public async Task By_a_line_into_ssh()
    {
        ends.Add(await SshServer.Start(home));
        (await home.Shell("""
            set -e
            tar c dir | ssh host streamback put web1/etc
            cd there
            echo "restore-files --transfermode=tar /web1/etc/latest" | ssh host streamback serve --stdio | tar x
            """)).Succeeded();
        await AssertCameBack();
    }

    [Fact]
    public async Task A_line_that_is_refused_leaves_tar_with_nothing()
    {
        ends.Add(await SshServer.Start(home));
        var answer = await home.Shell("""echo "restore-files --transfermode=tar /web1/etc/latest" | ssh host streamback serve --stdio > out; echo $? $(stat -c %s out)""");
        Assert.Equal("5 0\n", answer.Text);
    }

    private async Task Serve()
    {
        var server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
        ends.Add(server);
        home.Write(".curlrc", System.Text.Encoding.UTF8.GetBytes($"cacert = {home.At("server.pem")}\nconnect-to = host:8420:127.0.0.1:{server.Port}\n"));
    }

    private async Task AssertCameBack() => (await home.Shell("diff -r --no-dereference dir there/dir && cd there && tar c -C .. dir | tar d")).Succeeded();
}
