using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>The systemd unit and the configuration beside it, as they are installed.</summary>
public sealed class UnitFileTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [SystemdFact]
    public async Task Systemd_takes_the_unit_and_finds_it_well_guarded()
    {
        // Only the program's place differs from what is installed.
        (await home.Shell($"sed 's|/usr/local/bin/streamback|{Home.Executable}|' '{Checkout.At("scripts/systemd/streamback.service")}' > streamback.service")).Succeeded();
        var answer = await home.Shell("systemd-analyze verify --man=no ./streamback.service");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Errors));
        (await home.Shell("systemd-analyze security --offline=yes --threshold=25 ./streamback.service")).Succeeded();
    }

    [Fact]
    public void What_the_example_offers_in_folders_of_the_system_the_unit_makes()
    {
        var unit = File.ReadAllLines(Checkout.At("scripts/systemd/streamback.service"));
        var example = File.ReadAllLines(Checkout.At("scripts/systemd/server.yml")).Select(line => line.TrimStart('#')).ToList();
        string Unit(string key) => unit.Single(line => line.StartsWith(key + "=", StringComparison.Ordinal))[(key.Length + 1)..];
        string Example(string key) => example.Single(line => line.StartsWith(key + ": ", StringComparison.Ordinal))[(key.Length + 2)..];
        Assert.Equal($"/run/{Unit("RuntimeDirectory")}", Path.GetDirectoryName(Example("socket")));
        Assert.Equal("0700", Unit("RuntimeDirectoryMode"));
        Assert.Equal($"/var/lib/{Unit("StateDirectory")}", Example("state"));
    }

    [Fact]
    public async Task Every_line_of_the_example_is_known_and_a_server_runs_by_it()
    {
        (await home.Shell($"""
            set -e
            mkdir -p etc own
            streamback init --repository repo --key-file etc/key 2> /dev/null
            streamback token add any --allow list --repository repo --state own > token
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -keyout etc/server.key -out etc/server.pem 2> /dev/null
            sed -E "s/^#([a-zA-Z]|  )/\\1/; s|/etc/streamback|$PWD/etc|; s|/srv/streamback|$PWD/repo|; s|/var/lib/streamback|$PWD/own|; s|/run/streamback/socket|$PWD/socket|; s|0.0.0.0:8420|127.0.0.1:0|" '{Checkout.At("scripts/systemd/server.yml")}' > server.yml
            """)).Succeeded();
        Assert.DoesNotContain("\n#", File.ReadAllText(home.At("server.yml")).Replace("\n# ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        using var server = await ServerProcess.Start(home, "--config", "server.yml");
        (await server.Shell("curl -sf --cacert etc/server.pem $A/healthz; curl -sf --unix-socket socket http://x/healthz")).Succeeded();
    }
}
