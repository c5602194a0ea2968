using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary><c>browse</c>: the page and WebDAV for oneself, whatever the repository is behind.</summary>
public sealed class BrowseTests : IDisposable
{
    private readonly Home home = new();
    private readonly List<IDisposable> ends = [];

    public void Dispose()
    {
        ends.ForEach(end => end.Dispose());
        home.Dispose();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("http")]
    [InlineData("ssh")]
    [InlineData("ssh, the key here")]
    [InlineData("sealed")]
    public async Task It_shows_the_repository_by_an_address_for_once(string way)
    {
        (await home.Shell("set -e; mkdir -p tree/d; echo hello > tree/d/file; head -c 3000000 /dev/urandom > tree/big; tar c tree | streamback put web1/etc --quiet")).Succeeded();
        using var browsing = await BrowseProcess.Start(home, await Reach(way));
        (await home.Shell($"""
            set -e
            A={browsing.Address}
            curl -sf $A/ | grep page.js > /dev/null
            test $(curl -s -o none -w '%{"{http_code}"}' $A/api/v1/snapshots) = 401
            curl -sf -c jar -L "{browsing.Invitation}" | grep page.js > /dev/null
            test $(curl -s -o none -w '%{"{http_code}"}' "{browsing.Invitation}") = 401
            curl -sf -b jar $A/api/v1/snapshots | grep '"name":"web1/etc"' > /dev/null
            curl -sf -b jar "$A/api/v1/snapshots/web1/etc@latest/member?path=tree/big" | cmp - tree/big
            curl -sf -b jar "$A/api/v1/snapshots/web1/etc@latest/catalog?path=tree/d" | grep '"path":"tree/d/file"' > /dev/null
            curl -sf -b jar "$A/api/v1/find?pattern=file" | grep '"snapshots":1' > /dev/null
            curl -sf -b jar "$A/api/v1/snapshots/web1/etc@latest?path=tree" | tar d
            url=$(curl -sf -b jar "$A/api/v1/ticket?for=%2Fapi%2Fv1%2Fsnapshots%2Fweb1%2Fetc%40latest%2Fmember%3Fpath%3Dtree%2Fbig" | sed 's/.*"url":"\([^"]*\)".*/\1/; s/\\u0026/\&/g')
            curl -sf "$A$url" | cmp - tree/big
            test $(curl -s -o none -w '%{"{http_code}"}' -b jar -X PUT -d x $A/api/v1/snapshots/x) != 201
            curl -sf -u any:{browsing.Password} -X PROPFIND -H 'Depth: 1' $A/dav/web1/etc/@latest/tree/ | grep '/dav/web1/etc/@latest/tree/big</D:href>' > /dev/null
            curl -sf -u any:{browsing.Password} -r 1000- $A/dav/web1/etc/@latest/tree/big | cmp - <(tail -c +1001 tree/big)
            test $(curl -s -o none -w '%{"{http_code}"}' -u any:wrong $A/dav/) = 401
            test $(curl -s -o none -w '%{"{http_code}"}' -H 'Host: evil.example' $A/) = 421
            for target in //127.0.0.1:1/../../api/v1/snapshots '/api/v1/snapshots/\..\..\..\metrics' http://127.0.0.1:1/api/v1/snapshots /api/v1/objects/snapshots /metrics; do
              test $(curl -s -o none -w '%{"{http_code}"}' -b jar --path-as-is --request-target "$target" $A/) -ge 400
            done
            """)).Succeeded();
    }

    [Fact]
    public async Task A_put_key_browses_nothing()
    {
        (await home.Shell("set -e; echo x | streamback put a --quiet; streamback key export-put put.key")).Succeeded();
        (await home.Run("--key-file", "put.key", "browse")).FailedWith(6, "put key");
        (await home.Run("--repository", "nowhere", "browse")).FailedWith(5, "nowhere");
    }

    private async Task<string> Reach(string way)
    {
        switch (way)
        {
            case "http":
                home.Token = await ServerProcess.Token(home, "all", "get,list");
                return await Serve();
            case "sealed":
                (await home.Run("key", "export-put", "put.key")).Succeeded();
                home.Token = await ServerProcess.Token(home, "all", "list,objects");
                return await Serve("--key-file", home.At("put.key"));
            case "folder":
                return home.Repository.Folder;
            default:
                ends.Add(way == "ssh" ? await SshServer.Start(home) : await SshServer.Start(home, "exec env -u XDG_CONFIG_HOME HOME=/nonexistent sh -c \"$SSH_ORIGINAL_COMMAND\""));
                return "ssh://host" + home.Repository.Folder;
        }
    }

    private async Task<string> Serve(params string[] options)
    {
        var server = await ServerProcess.Start(home, options);
        ends.Add(server);
        return server.Address;
    }
}
