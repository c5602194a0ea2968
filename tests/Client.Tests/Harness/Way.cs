namespace StreamBack.Client.Tests.Harness;

/// <summary>A user's home whose repository is reached in one of the ways that there are.</summary>
/// <remarks>Dispose ends what serves it, and deletes it.</remarks>
internal sealed class Way : IDisposable
{
    private const string Allowed = "put,get,list,remove,maintain,objects,objects-put";

    private readonly List<IDisposable> ends = [];

    private Way()
    {
    }

    /// <summary>Whoever runs something here reaches it so.</summary>
    public Home Home { get; } = new();

    /// <summary>What <c>--repository</c> would say.</summary>
    public string Location { get; private set; } = "";

    /// <summary>Makes a repository with one snapshot, <c>seed</c>, of three bytes, and serves it.</summary>
    /// <param name="kind"><c>folder</c>, <c>http</c>, <c>https</c> or <c>ssh</c>.</param>
    public static async Task<Way> Open(string kind)
    {
        var way = new Way();
        try
        {
            await way.Home.Put("seed", [9, 9, 9]);
            way.Location = kind switch
            {
                "http" => await way.Serve("http://127.0.0.1:0"),
                "https" => await way.ServeTls(),
                "ssh" => await way.ServeSsh(),
                _ => way.Home.Repository.Folder,
            };
            way.Home["STREAMBACK_REPOSITORY"] = way.Location;
            return way;
        }
        catch
        {
            way.Dispose();
            throw;
        }
    }

    /// <summary>Runs <c>streamback</c> on the folder itself, whatever the way.</summary>
    public Task<Answer> Here(params string[] arguments) => Home.Run(["--repository", Home.Repository.Folder, .. arguments]);

    /// <inheritdoc/>
    public void Dispose()
    {
        ends.ForEach(end => end.Dispose());
        Home.Dispose();
    }

    private async Task<string> ServeTls()
    {
        (await Home.Shell(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null")).Succeeded();
        Home["SSL_CERT_FILE"] = Home.At("server.pem");
        return await Serve("https://127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key");
    }

    private async Task<string> ServeSsh()
    {
        ends.Add(await SshServer.Start(Home));
        return "ssh://host" + Home.Repository.Folder;
    }

    private async Task<string> Serve(string url, params string[] options)
    {
        Home.Token = await ServerProcess.Token(Home, "all", Allowed);
        var server = await ServerProcess.Start(Home, ["--listen", url, .. options]);
        ends.Add(server);
        return server.Address;
    }
}
