using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Under which names a server answers: a page whose name is made to point at it gets nothing.</summary>
public sealed class HostTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.0.0.1:9", 200)]
    [InlineData("[::1]:8420", 200)]
    [InlineData("vault", 200)]
    [InlineData("VAULT:8420", 200)]
    [InlineData("evil.example", 421)]
    [InlineData("localhost", 421)] // not a literal address, and not what it was told to listen on
    [InlineData("0.0.0.0", 421)]
    [InlineData("192.0.2.7", 421)]
    [InlineData("vault.evil.example", 421)]
    public async Task Over_TCP_the_host_must_be_known(string host, int status)
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        using var server = await ServerProcess.Start(home, "--host", "vault");
        var answer = await server.Shell($"curl -s -w '\\n%{{http_code}}' -H 'Host: {host}' $A/healthz");
        Assert.Equal($"{status}", answer.Lines[^1]);
        if (status == 421)
            Assert.Contains("This server is not known by the host", answer.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_host_it_is_400()
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        using var server = await ServerProcess.Start(home);
        Assert.Contains(" 400 ", (await server.Shell("curl -s0 -i -H 'Host:' $A/healthz")).Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_the_certificate_and_localhost_if_told_so_count()
    {
        await home.Put("a", [1]);
        await ServerProcess.Token(home, "all", "list");
        (await home.Shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=common -addext subjectAltName=DNS:vault,DNS:*.example.org,IP:192.0.2.7 -keyout server.key -out server.pem 2>/dev/null")).Succeeded();
        using var server = await ServerProcess.Start(home, "--listen", "https://localhost:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
        var answer = await server.Shell("for h in vault a.example.org 192.0.2.7 localhost a.b.example.org common evil; do curl -sk -o /dev/null -w '%{http_code} ' -H \"Host: $h\" $A/healthz; done");
        Assert.Equal("200 200 200 200 421 421 421", answer.Text.Trim());
    }

    [Fact]
    public async Task Over_a_socket_any_host_will_do()
    {
        await home.Put("a", [1]);
        using var server = await ServerProcess.Start(home, "--socket", home.At("s"));
        (await home.Shell("curl -sf --unix-socket s http://whatever/healthz")).Succeeded();
    }
}
