using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>WebDAV by programs that others wrote: they see what was put.</summary>
public sealed class DavClientTests : IAsyncLifetime, IDisposable
{
    // Files and folders alone: WebDAV carries nothing else.
    private const string Tree = """
        set -e
        mkdir -p tree/deep/er tree/void; for i in $(seq 300); do echo "file $i" > tree/deep/f$i; done
        head -c 3000000 /dev/urandom > tree/big; : > tree/none; echo x > 'tree/a b&c<d>%2f"e#?;+'; echo y > $'tree/\303\244\342\202\254'; chmod 755 tree/deep/f1
        touch -d '2001-02-03 04:05:06' tree/deep/f2; ln tree/big tree/hard; truncate -s 2M tree/sparse; echo z | dd of=tree/sparse bs=1 seek=1000000 conv=notrunc status=none
        tar cS tree | streamback put web1/etc --quiet; echo dump | streamback put db --quiet
        """;

    private readonly Home home = new();
    private ServerProcess server = null!;

    public async Task InitializeAsync()
    {
        (await home.Shell(Tree)).Succeeded();
        (await home.Shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null")).Succeeded();
        home["T"] = await ServerProcess.Token(home, "all", "get");
        server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task Rclone_lists_and_copies()
    {
        (await server.Shell($$"""
            set -e
            {{Rclone}}
            rclone lsf "$R" | LC_ALL=C sort > names; printf 'db/\nweb1/\n' | cmp - names
            rclone lsf "${R}web1/etc" | grep -qx '@latest/'; test $(rclone lsf "${R}web1/etc" | wc -l) = 2
            rclone copy --create-empty-src-dirs "${R}web1/etc/@latest/tree" copy; diff -r tree copy
            rclone lsf -R --files-only "${R}web1/etc/@$(date -u +%Y)/tree" | LC_ALL=C sort > listed; (cd tree; find . -type f | cut -c3-) | LC_ALL=C sort | cmp - listed
            test "$(stat -c %Y copy/deep/f2)" = "$(stat -c %Y tree/deep/f2)"
            rclone cat "${R}db/@latest/stream" | grep -qx dump
            rclone cat --offset 1000000 --count 1000 "${R}web1/etc/@latest/tree/big" | cmp - <(tail -c +1000001 tree/big | head -c 1000)
            ! rclone copyto tree/none "${R}web1/etc/@latest/tree/new" 2> refused
            """)).Succeeded();
    }

    [FuseFact]
    public async Task Rclone_mounts()
    {
        (await server.Shell($$"""
            set -e
            {{Rclone}}
            mkdir there; rclone mount --read-only "${R}web1/etc/@latest" there & mount=$!
            for i in $(seq 200); do mountpoint -q there && break; sleep 0.1; done
            diff -r tree there/tree && echo same > told || true
            umount there; wait $mount; cat told
            """)).Succeeded();
    }

    [FuseFact]
    public async Task Davfs_mounts()
    {
        (await server.Shell("""
            set -e
            mkdir there cache; chmod 777 cache .
            printf 'buf_size 64\nask_auth 0\nuse_locks 0\ntrust_server_cert %s\nsecrets %s\ncache_dir %s\n' $PWD/server.pem $PWD/secrets $PWD/cache > davfs.conf
            printf '%s any %s\n' "$A/dav/web1/etc/@latest/" "$T" > secrets; chmod 600 secrets davfs.conf
            mount.davfs -o ro,conf=$PWD/davfs.conf "$A/dav/web1/etc/@latest/" there < /dev/null
            diff -r tree there/tree && test $(stat -c %A there/tree/deep/f1 there/tree/deep/f2 | tr -d '\n') = -rwxr-xr-x-rw-r--r-- && echo same > told || true
            ! touch there/new 2> /dev/null || rm told
            umount there; cat told
            """)).Succeeded();
    }

    [Fact]
    public async Task Curl_lists_and_gets()
    {
        (await server.Shell("""
            set -eo pipefail
            dav() { curl -sf --cacert server.pem -u "any:$T" "$@"; }
            dav "$A/dav/web1/etc/@latest/tree/big" | cmp - tree/big
            dav -r 100-199 "$A/dav/web1/etc/@latest/tree/big" | cmp - <(tail -c +101 tree/big | head -c 100)
            dav -X PROPFIND -H 'Depth: 1' "$A/dav/web1/etc/@latest/tree/" | grep -q '/dav/web1/etc/@latest/tree/big<'
            ! dav -T tree/big "$A/dav/web1/etc/@latest/new"
            ! curl -sf -u "any:$T" "$A/dav/" # nobody vouches for the certificate
            """)).Succeeded();
    }

    [Fact]
    public async Task Cadaver_lists_and_gets()
    {
        using var plain = await ServerProcess.Start(home);
        (await plain.Shell("""
            set -e
            printf 'machine 127.0.0.1\nlogin any\npassword %s\n' "$T" > .netrc; chmod 600 .netrc
            printf 'ls\ncd tree\nget big got\nput .netrc none\nquit\n' | cadaver "$A/dav/web1/etc/@latest/" > told
            cmp tree/big got; grep -q 'Coll: *tree' told; grep -q '405 Method Not Allowed' told
            """)).Succeeded();
    }

    private const string Rclone = """
        export SSL_CERT_FILE=server.pem RCLONE_CONFIG=/dev/null
        R=":webdav,url='$A/dav/',user=any,pass=$(rclone obscure "$T"):"
        """;
}
