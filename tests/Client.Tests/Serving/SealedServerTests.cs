using System.Security.Cryptography;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A server with a put key alone: it does what needs no more, and who has the full key gets what it cannot give.</summary>
public sealed class SealedServerTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private ServerProcess? server;

    // The full key is with its owner; what the server's side has is the repository, its state and a put key.
    public async Task InitializeAsync()
    {
        await Tars.MakeTree(home);
        (await home.Shell("""
            set -e
            tar cS tree > in.tar
            streamback put web1/etc < in.tar
            streamback key export-put put.key
            mkdir owner && mv config/streamback/key owner/key
            head -c 4000000 /dev/urandom > big
            """)).Succeeded();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task It_takes_puts_and_lists_and_checks_and_gives_no_stream()
    {
        await Serve("put,get,list,maintain");
        (await server!.Shell("""
            set -e
            c() { curl -s -H "Authorization: Bearer $T" "$@"; }
            c -f -T in.tar $S/web1/again > put.json
            ! grep -q storedBytes put.json
            c -f $S | grep -q '"web1/again"'
            c -f -X POST $A/api/v1/check | tail -1 | grep -q '"problems":\[\]'
            test $(find data/streamback/bundles -type f | xargs cat | wc -c) -lt $(($(stat -c %s in.tar) * 2))
            for request in "$S/web1/etc@latest" "-I $S/web1/etc@latest" "-r 0-9 $S/web1/etc@latest"; do
              test "$(c -o body -w '%{http_code}' $request)" = 403
            done
            c $S/web1/etc@latest | grep -q '"denied".*sealed'
            """)).Succeeded();
    }

    [Fact]
    public async Task Who_has_the_full_key_and_objects_gets_and_shows_and_checks_every_byte()
    {
        await Serve("put,list,maintain,objects");
        home["STREAMBACK_KEY_FILE"] = home.At("owner/key");
        (await home.Shell($$"""
            set -e
            export STREAMBACK_REPOSITORY={{server!.Address}}
            streamback put web1/big < big
            streamback get web1/big | cmp - big
            streamback get web1/etc | cmp - in.tar
            streamback get web1/etc -o out.tar && cmp out.tar in.tar
            id=$(streamback show web1/big --json | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
            head -c 1000001 big > resumed.${id:0:8}.partial && streamback get web1/big -o resumed && cmp resumed big
            streamback show web1/etc --json | grep -q "\"sha256\":\"$(sha256sum < in.tar | cut -d' ' -f1)\""
            streamback check --read-data --json | grep -q '"dataVerified":true,"problems":\[\]'
            """)).Succeeded();
    }

    [Fact]
    public async Task Who_has_the_full_key_looks_inside()
    {
        await Serve("put,list,objects");
        home["STREAMBACK_KEY_FILE"] = home.At("owner/key");
        (await home.Shell($$"""
            set -eo pipefail
            export STREAMBACK_REPOSITORY={{server!.Address}}
            echo other > tree/sub/f7; tar cS tree | streamback put web1/etc --quiet
            streamback ls web1/etc tree | grep -xE '(tree/)?big' > /dev/null
            streamback ls -R --all web1/etc@-2 | wc -l > listed; tar tf in.tar | wc -l | cmp - listed
            streamback cat web1/etc@-2 tree/sub/f7 | grep -x 'file 7' > /dev/null; streamback cat web1/etc tree/sub/f7 | grep -x other > /dev/null
            streamback find 'f7' web1/ | grep tree/sub/f7 > /dev/null
            streamback diff web1/etc@-2 web1/etc | grep -x 'M tree/sub/f7' > /dev/null
            mkdir here; streamback get web1/etc tree/big tree/sub | tar x -C here; cmp here/tree/big tree/big; diff -r here/tree/sub tree/sub
            """)).Succeeded();
    }

    [Fact]
    public async Task Who_may_read_objects_and_nothing_else_gets_as_well()
    {
        await Serve("objects");
        home["STREAMBACK_REPOSITORY"] = server!.Address;
        Assert.Equal(File.ReadAllBytes(home.At("in.tar")), (await home.Run("--key-file", "owner/key", "get", "web1/etc")).Succeeded().Output);
        (await home.Run("--key-file", "put.key", "get", "web1/etc")).FailedWith(6, "only stores");
    }

    [Fact]
    public async Task The_default_key_serves_if_it_is_of_that_repository()
    {
        await Serve("get,list,objects");
        (await home.Shell($$"""
            set -e
            export STREAMBACK_REPOSITORY={{server!.Address}} XDG_CONFIG_HOME=$PWD/mine
            mkdir -p mine/streamback && cp owner/key mine/streamback/key
            streamback get web1/etc | cmp - in.tar
            """)).Succeeded();
        home["STREAMBACK_REPOSITORY"] = server!.Address;
        (await home.Run("get", "web1/etc")).FailedWith(6, "sealed");
    }

    [Fact]
    public async Task Damage_is_found_by_who_opens_it()
    {
        await Serve("list,objects");
        home["STREAMBACK_REPOSITORY"] = server!.Address;
        foreach (var bundle in home.Repository.Bundles)
            RepositoryFiles.Flip(bundle, 300);
        var get = await home.Run("--key-file", "owner/key", "get", "web1/etc");
        Assert.Equal(3, get.ExitCode);
        Assert.Contains("does not authenticate", get.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, (await home.FeedShell(get.Output, "tar t > /dev/null 2>&1")).ExitCode);
    }

    [Theory]
    [InlineData("--listen", "http://127.0.0.1:0")]
    [InlineData("--socket", "s")]
    [InlineData("--stdio")]
    public async Task It_does_not_start_beside_a_full_key(params string[] way)
    {
        home["STREAMBACK_NEW_PASSPHRASE"] = "guess me";
        (await home.Run("--key-file", "owner/key", "key", "passphrase")).Succeeded();
        (await home.Run(["--key-file", "put.key", "serve", .. way])).FailedWith(6, "move");
        (await home.Shell("mv data/streamback/keys/* owner/")).Succeeded();
        var end = await home.Run("--key-file", "put.key", "serve", "--stdio");
        Assert.Empty(end.Succeeded().Output);
    }

    [Fact]
    public async Task All_that_it_holds_opens_nothing()
    {
        await Serve("put");
        (await server!.Shell("curl -sf -H \"Authorization: Bearer $T\" -T big $S/web1/big")).Succeeded();
        (await home.Shell($$"""
            mkdir loot && cp -r data/streamback loot/repository && cp -r state loot/state && cp put.key loot/
            python="/usr/bin/python3 {{Checkout.At("scripts/restore.py")}}"
            export PYTHONDONTWRITEBYTECODE=1
            expect() { "${@:2}" > out 2> err; code=$?; test $code = $1 -a ! -s out || { echo "exit $code: ${@:2}"; head -3 err; exit 1; } >&2; }
            for name in web1/etc web1/big; do
              expect 6 streamback --repository loot/repository --key-file loot/put.key get $name
              expect 6 $python loot/repository --key-file loot/put.key get $name
              for file in $(find loot -type f); do expect 6 streamback --repository loot/repository --key-file $file get $name; done
            done
            streamback --repository loot/repository --key-file owner/key get web1/big | cmp - big
            $python loot/repository --key-file owner/key get web1/big | cmp - big
            """)).Succeeded();
    }

    [Fact]
    public async Task Its_memory_opens_nothing_once_a_put_has_ended()
    {
        var (key, block) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        using var cipher = Aes.Create();
        cipher.Key = key;
        Assert.Equal(cipher.EncryptEcb(block, PaddingMode.None), KeyScanner.Encrypt(key, block));
        await Serve("put");

        // As long as the put goes on the key must be there: what does not find it finds nothing.
        var slow = server!.Shell("{ cat big; while test ! -e go; do sleep 0.05; done; } | curl -sf -T - -H \"Authorization: Bearer $T\" $S/web1/slow");
        var open = await OpenFrame();
        Assert.NotEqual(0, KeyScanner.Count(server.Id, [open]));
        home.Write("go", []);
        (await slow).Succeeded();
        Assert.Equal(0, KeyScanner.Count(server.Id, [open]));

        (await server.Shell("for i in 1 2 3; do head -c 3000000 /dev/urandom | curl -sf -T - -H \"Authorization: Bearer $T\" $S/web1/many$i & done; wait")).Succeeded();
        byte[][] frames = [.. home.Repository.Bundles.Select(KeyScanner.Frame).OfType<byte[]>()];
        Assert.InRange(frames.Length, 4, 20);
        Assert.Equal(0, KeyScanner.Count(server.Id, frames));
    }

    private async Task<byte[]> OpenFrame()
    {
        for (var tries = 0; tries < 3000; tries++)
        {
            if (home.Repository.Temporaries.Select(KeyScanner.Frame).OfType<byte[]>().FirstOrDefault() is { } frame)
                return frame;
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        throw new InvalidOperationException("the put writes no frame");
    }

    private async Task Serve(string allow)
    {
        home["STREAMBACK_KEY_FILE"] = home.At("put.key");
        var token = await ServerProcess.Token(home, "client", allow);
        home["STREAMBACK_TOKEN"] = token;
        home["T"] = token;
        server = await ServerProcess.Start(home);
        home["STREAMBACK_KEY_FILE"] = null;
    }
}
