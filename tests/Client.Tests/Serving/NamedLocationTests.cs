using System.Text;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Locations that have a name in the client's configuration file.</summary>
public sealed class NamedLocationTests : IDisposable
{
    private readonly Home home = new();
    private ServerProcess? server;

    public void Dispose()
    {
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task A_name_has_an_address_a_token_and_a_certificate_of_its_own()
    {
        await Serve();
        Configure($$"""
            repositories:
              office:
                location: {{server!.Address}}
                tokenFile: ~/office.token
                caFile: {{home.At("server.pem")}}
                limitRate: 10M
            """);
        home["STREAMBACK_TOKEN"] = "sb1_meant_for_another_server";
        home["STREAMBACK_CA_FILE"] = home.At("other.pem");
        (await home.Feed([1, 2, 3], "--repository", "office", "put", "etc")).Succeeded();
        home["STREAMBACK_REPOSITORY"] = "office";
        Assert.Equal([1, 2, 3], (await home.Run("get", "etc")).Succeeded().Output);
    }

    [Fact]
    public async Task A_server_may_be_vouched_for_by_a_file_of_the_environment()
    {
        await Serve();
        home["STREAMBACK_REPOSITORY"] = server!.Address;
        home["STREAMBACK_TOKEN_FILE"] = home.At("office.token");
        (await home.Run("list")).FailedWith(1, "certificate");
        home["STREAMBACK_CA_FILE"] = home.At("server.pem");
        Assert.Empty((await home.Run("list")).Succeeded().Errors);
        home["STREAMBACK_CA_FILE"] = home.At("office.token");
        (await home.Run("list")).FailedWith(2, "no certificate");
    }

    [Fact]
    public async Task A_token_that_others_may_read_is_warned_of_once()
    {
        await Serve();
        home["STREAMBACK_REPOSITORY"] = server!.Address;
        home["STREAMBACK_CA_FILE"] = home.At("server.pem");
        home["STREAMBACK_TOKEN_FILE"] = home.At("office.token");
        File.SetUnixFileMode(home.At("office.token"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var list = (await home.Run("list")).Succeeded();
        Assert.Equal(1, list.Errors.Count(letter => letter == '\n'));
        Assert.Contains("others may read it", list.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_comes_before_a_folder_of_that_name_and_the_default_before_ones_own()
    {
        foreach (var (folder, snapshot) in new[] { ("office", "in-folder"), ("named", "in-named") })
        {
            (await home.Run("--repository", "./" + folder, "--key-file", home.At(folder + ".key"), "init")).Succeeded();
            (await home.Feed([1], "--repository", "./" + folder, "--key-file", home.At(folder + ".key"), "put", snapshot)).Succeeded();
        }

        Assert.Contains("in-folder", (await home.Run("--repository", "office", "--key-file", home.At("office.key"), "list")).Succeeded().Text, StringComparison.Ordinal);
        Configure($$"""
            repositories:
              office:
                location: ~/named
                keyFile: {{home.At("named.key")}}
            default: office
            """);
        home["STREAMBACK_KEY_FILE"] = home.At("office.key");
        Assert.Contains("in-named", (await home.Run("--repository", "office", "list")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("in-named", (await home.Run("list")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("in-folder", (await home.Run("--repository", "./office", "list")).Succeeded().Text, StringComparison.Ordinal);
        (await home.Run("--repository", "office", "--key-file", home.At("office.key"), "list")).FailedWith(6, "The key is of repository");
        home["STREAMBACK_REPOSITORY"] = home.At("office");
        Assert.Contains("in-folder", (await home.Run("list")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_name_is_told_with_those_that_there_are()
    {
        Configure("repositories:\n  office: {location: /x}\n  disk: {location: /y}\n");
        var list = await home.Run("--repository", "offfice", "list");
        Assert.Equal(5, list.ExitCode);
        Assert.Contains($"'offfice' is no name in {home.At("config/streamback/config.yml")}, which has office, disk", list.Errors, StringComparison.Ordinal);
        Assert.Contains("There is no repository at", list.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_in_a_folder_says_that_the_default_is_none()
    {
        Configure("repositories:\n  office: {location: https://vault:8420}\ndefault: office\n");
        foreach (var verb in new string[][] { ["serve"], ["token", "list"] })
            (await home.Run(verb)).FailedWith(2, "not over https://vault:8420 (office, the configuration's default): name its folder by --repository");
        (await home.Run("--repository", "office", "serve")).FailedWith(2, "(office in the configuration)");
    }

    [Fact]
    public async Task Who_names_a_folder_or_an_address_needs_no_configuration_at_all()
    {
        await home.Put("seed", [1]);
        Configure("repositories: [");
        (await home.Run("--repository", home.Repository.Folder, "list")).Succeeded();
        (await home.Run("--repository", "office", "list")).FailedWith(2, "config.yml:");
    }

    [Theory]
    [InlineData("repositories:\n  office:\n    location: /x\n    tokenfile: y", 4, "'repositories.office.tokenfile' is unknown")]
    [InlineData("repository: {}", 1, "'repository' is unknown")]
    [InlineData("repositories:\n  office: /x", 2, "'repositories.office' is a mapping")]
    [InlineData("repositories:\n- office", 1, "'repositories' is a mapping")]
    [InlineData("repositories:\n  office:\n    location: [x]", 3, "'repositories.office.location' is one value")]
    [InlineData("repositories:\n  office:\n    location:", 3, "'repositories.office.location' has no value")]
    [InlineData("repositories:\n  office:\n    location: sftp://x", 3, "'repositories.office.location' is no location")]
    [InlineData("repositories:\n  office:\n    location: /x\n    limitRate: fast", 4, "'repositories.office.limitRate' is 'fast'")]
    [InlineData("repositories:\n  a/b:\n    location: /x", 2, "'repositories.a/b' is no name")]
    [InlineData("repositories:\n  office: {location: /x}\n  office: {location: /y}", 3, "twice")]
    [InlineData("default: home", 1, "'default' names 'home'")]
    [InlineData("repositories:\n  office: x: y", 2, "")]
    public async Task What_is_wrong_with_a_configuration_is_told_with_its_line(string yaml, int line, string says)
    {
        Configure(yaml);
        var list = await home.Run("list");
        list.FailedWith(2, says);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"config.yml:{line}:"), list.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_is_named_must_be_there_and_one_that_others_may_write_is_warned_of()
    {
        home["STREAMBACK_CONFIG"] = home.At("elsewhere.yml");
        (await home.Run("list")).FailedWith(2, "elsewhere.yml");
        home.Write("elsewhere.yml", "repositories:\n"u8.ToArray()[..0]);
        File.SetUnixFileMode(home.At("elsewhere.yml"), UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        await home.Put("seed", [1]);
        Assert.Contains("others may write it", (await home.Run("list")).Succeeded().Errors, StringComparison.Ordinal);
    }

    private void Configure(string yaml)
    {
        Directory.CreateDirectory(home.At("config/streamback"));
        home.Write("config/streamback/config.yml", Encoding.UTF8.GetBytes(yaml));
        File.SetUnixFileMode(home.At("config/streamback/config.yml"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task Serve()
    {
        await home.Put("seed", [9, 9, 9]);
        (await home.Shell("""
            for name in server other; do
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout $name.key -out $name.pem 2>/dev/null
            done
            """)).Succeeded();
        var token = await ServerProcess.Token(home, "all", "put,get,list");
        File.WriteAllText(home.At("office.token"), token + "\n");
        File.SetUnixFileMode(home.At("office.token"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        server = await ServerProcess.Start(home, "--listen", "https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
    }
}
