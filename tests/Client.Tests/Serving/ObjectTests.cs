using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Stored objects as they are, by real curl: read with ranges, and brought to another server, a snapshot last.</summary>
public sealed class ObjectTests : IAsyncLifetime, IDisposable
{
    private readonly Home home = new();
    private ServerProcess server = null!;

    public async Task InitializeAsync()
    {
        home.Write("in", Bytes.Random(2_000_000, 1));
        (await home.Shell("streamback put web1/etc < in && streamback tag web1/etc kept && STREAMBACK_NEW_PASSPHRASE=x streamback key passphrase")).Succeeded();
        home["T"] = await ServerProcess.Token(home, "replica", "objects,objects-put");
        server = await ServerProcess.Start(home);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    // c: curl with the token; O: what addresses of objects begin with; R: the repository; one KIND: the one file of a kind.
    private const string Beginning = """
        c() { curl -s -H "Authorization: Bearer $T" "$@"; }
        status() { c -o body -w '%{http_code}' "$@"; }
        O=$A/api/v1/objects R=data/streamback
        one() { find $R/$1 -type f ! -name '.*' | head -1; }
        """;

    [Fact]
    public async Task Every_object_but_keys_is_there_byte_for_byte()
    {
        (await server.Shell($$"""
            set -e
            {{Beginning}}
            for kind in bundles index snapshots labels; do
              c -f $O/$kind > list
              tail -1 list | grep -q '{"end":true}'
              test $(grep -c id list) = $(find $R/$kind -type f | wc -l)
              for path in $(find $R/$kind -type f); do
                id=$(basename $path)
                grep -q "{\"id\":\"$id\",\"length\":$(stat -c %s $path)}" list
                c -f $O/$kind/$id | cmp - $path
                c -f -I $O/$kind/$id | tr -d '\r' > head
                grep -q "^ETag: \"$id\"$" head && grep -q "^Content-Length: $(stat -c %s $path)$" head
              done
            done
            c -f $O/config | cmp - $R/config
            """)).Succeeded();
    }

    [Fact]
    public async Task Keys_are_neither_served_nor_taken()
    {
        var answer = await server.Shell($$"""
            {{Beginning}}
            id=$(basename $(one keys))
            echo $(status $O/keys) $(status $O/keys/$id) $(status -T $(one keys) $O/keys/$id) $(status $O/locks) $(status $O/bundles/../keys) $(status --path-as-is $O/bundles/..%2f..%2fconfig) $(status -T $R/config $O/config)
            """);
        Assert.Equal("404 404 404 404 404 400 405", answer.Succeeded().Text.Trim());
    }

    [Fact]
    public async Task Ranges_and_conditions_are_exact()
    {
        (await server.Shell($$"""
            set -e
            {{Beginning}}
            path=$(one bundles) id=$(basename $path) length=$(stat -c %s $path)
            c -f -r 1000-250999 $O/bundles/$id | cmp - <(tail -c +1001 $path | head -c 250000)
            c -f -r -32 $O/bundles/$id | cmp - <(tail -c 32 $path)
            c -f -r 5- $O/bundles/$id | cmp - <(tail -c +6 $path)
            test $(status -r 1-2 $O/bundles/$id) = 206
            test $(status -r $length- $O/bundles/$id) = 416
            test $(status -H "If-None-Match: \"$id\"" $O/bundles/$id) = 304
            test $(status -H "If-Match: \"other\"" $O/bundles/$id) = 412
            test $(status $O/bundles/${id%?}0${id: -1}) = 400
            test $(status $O/bundles/$(printf '%064d' 0)) = 404
            """)).Succeeded();
    }

    [Fact]
    public async Task A_copy_is_brought_bundles_first_and_gives_the_same_stream()
    {
        (await home.Shell("mkdir copy && cp data/streamback/config copy/")).Succeeded();
        using var copy = await ServerProcess.Start(home, "--repository", home.At("copy"));
        (await copy.Shell($$"""
            set -e
            {{Beginning}}
            snapshot=$(one snapshots)
            bring() { status -T $2 $O/$1/$(basename $2); }
            test $(bring snapshots $snapshot) = 409
            grep -q '"busy"' body
            test -z "$(ls copy/snapshots)"
            test $(bring labels $(one labels)) = 201
            for path in $(find $R/bundles -type f | tail -n +2); do test $(bring bundles $path) = 201; done
            test $(bring snapshots $snapshot) = 409
            test $(bring bundles $(one bundles)) = 201
            test $(bring bundles $(one bundles)) = 200
            test $(bring snapshots $snapshot) = 201
            test $(bring snapshots $snapshot) = 200
            for path in $(find $R/index -type f); do test $(bring index $path) = 201; done
            streamback --repository copy get web1/etc | cmp - in
            streamback --repository copy list | grep -q '#kept'
            streamback --repository copy check --read-data
            test -z "$(find copy -name '*.tmp')"
            """)).Succeeded();
    }

    [Fact]
    public async Task What_is_not_what_its_name_says_is_refused_and_nothing_kept()
    {
        var before = home.Repository.Fingerprint();
        var answer = await server.Shell($$"""
            {{Beginning}}
            sum() { sha256sum < $1 | cut -d' ' -f1; }
            echo something > wrong
            head -c 5000000 /dev/zero > long
            head -c 300000 /dev/urandom > other
            cat $(one bundles) > foreign; head -c 16 /dev/zero | dd of=foreign bs=1 seek=16 conv=notrunc status=none # the id of a repository
            for kind in bundles index snapshots labels; do
              echo $(status -T wrong $O/$kind/$(printf '%064d' 0)) $(status -T wrong $O/$kind/$(sum wrong)) $(status -T other $O/$kind/$(sum other))
            done
            echo $(status -T long $O/labels/$(sum long)) $(status -T foreign $O/bundles/$(sum foreign))
            """);
        Assert.Equal("400 400 400\n400 400 400\n400 400 400\n400 400 400\n400 400\n", answer.Succeeded().Text);
        Assert.Equal(before, home.Repository.Fingerprint());
    }

    [Fact]
    public async Task A_body_that_is_cut_short_keeps_nothing()
    {
        var before = home.Repository.Fingerprint();
        (await server.Shell($$"""
            set -e
            {{Beginning}}
            # Not the small one of the catalog: 300 000 bytes would be all of it.
            path=$(find $R/bundles -type f -size +1M) id=$(basename $path)
            mv $path away
            for bytes in 0 1 100 300000 $(($(stat -c %s away) - 1)); do
              exec 3<> /dev/tcp/127.0.0.1/${A##*:}
              printf 'PUT /api/v1/objects/bundles/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n' $id $T $(stat -c %s away) >&3
              head -c $bytes away >&3
              exec 3>&-
            done
            # The last one may not even have begun to be read. The server itself has a session for those who read objects.
            for i in $(seq 100) clean; do
              test -z "$(find data/streamback -name '*.tmp')" && test $(find data/streamback -name '*.session' | wc -l) -le 1 && still=$((still + 1)) || still=0
              ((still < 5)) || break
              sleep 0.1
            done
            test $i != clean
            test ! -e $path
            mv away $path
            """)).Succeeded();
        Assert.Equal(before, home.Repository.Fingerprint());
    }

    [Fact]
    public async Task They_go_through_ssh_as_well()
    {
        using var sshd = await SshServer.Start(home);
        (await server.Shell($$"""
            set -e
            {{Beginning}}
            path=$(one bundles) id=$(basename $path)
            printf 'GET /api/v1/objects/bundles/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' $id | ssh host streamback serve --stdio > answer
            tail -c $(stat -c %s $path) answer | cmp - $path
            """)).Succeeded();
    }
}
