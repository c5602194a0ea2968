using System.Diagnostics;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>
/// A user's home of its own: a temporary folder, the environment that points <c>streamback</c> there, and programs run in
/// it. With nothing given, the repository and its key are the defaults in it.
/// </summary>
/// <remarks>Threading: any number of programs at once. Dispose deletes the folder.</remarks>
internal sealed class Home : IDisposable
{
    /// <summary>Far above what any test needs on a busy machine; the longest one makes a release build.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, string?> environment = [];

    public Home()
    {
        Folder = Directory.CreateTempSubdirectory("streamback-cli-").FullName;
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("STREAMBACK_", StringComparison.Ordinal))
                environment[name] = null;
        }

        this["HOME"] = Folder;
        this["XDG_DATA_HOME"] = At("data");
        this["XDG_CONFIG_HOME"] = At("config");
        this["XDG_STATE_HOME"] = At("state");
        this["PATH"] = $"{ProgramFolder}:{Environment.GetEnvironmentVariable("PATH")}";
        this["LC_ALL"] = "C";
        this["TZ"] = "UTC";
        Assert.True(File.Exists(Executable), $"{Executable} was not built");
    }

    /// <summary>
    /// Where the program is: <c>scripts/test</c> names the release build, which starts twice as fast; otherwise the project reference has one
    /// built beside the tests.
    /// </summary>
    public static string ProgramFolder { get; } = Environment.GetEnvironmentVariable("STREAMBACK_TEST_PROGRAM_FOLDER") ?? AppContext.BaseDirectory;

    /// <summary>The program.</summary>
    public static string Executable { get; } = Path.Combine(ProgramFolder, "streamback");

    /// <summary>The home, where programs run.</summary>
    public string Folder { get; }

    /// <summary>The default repository.</summary>
    public RepositoryFiles Repository => new(At("data/streamback"));

    /// <summary>The default repository's key.</summary>
    public string KeyFile => At("config/streamback/key");

    /// <summary>An environment variable of what runs here; null removes it.</summary>
    public string? this[string variable]
    {
        set => environment[variable] = value;
    }

    /// <summary>The token of what runs here.</summary>
    public string? Token
    {
        get => environment.GetValueOrDefault("STREAMBACK_TOKEN");
        set => this["STREAMBACK_TOKEN"] = value;
    }

    /// <summary>A path in the home.</summary>
    public string At(string path) => Path.Combine(Folder, path);

    /// <summary>Writes a file into the home.</summary>
    public void Write(string path, byte[] bytes) => File.WriteAllBytes(At(path), bytes);

    /// <summary>Runs <c>streamback</c> with nothing as its input.</summary>
    public Task<Answer> Run(params string[] arguments) => Feed([], arguments);

    /// <summary>Runs <c>streamback</c> with bytes as its input.</summary>
    public Task<Answer> Feed(byte[] input, params string[] arguments) => Finish(Start(Executable, arguments), input);

    /// <summary>Stores bytes; it must go well.</summary>
    public async Task<Answer> Put(string name, byte[] input, params string[] options) =>
        (await Feed(input, ["put", name, "--json", .. options])).Succeeded();

    /// <summary>Runs a script by bash; a pipe fails if any part of it does.</summary>
    public Task<Answer> Shell(string script) => Finish(Start("bash", "-c", "set -o pipefail\n" + script), []);

    /// <summary>Feeds bytes to a script, which need not read them all.</summary>
    public Task<Answer> FeedShell(byte[] input, string script) => Finish(Start("bash", "-c", "set -o pipefail\n" + script), input);

    /// <summary>Starts a program with its three streams redirected.</summary>
    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Gives a program the rest of its input, and waits for its end.</summary>
    public static async Task<Answer> Finish(Process started, byte[] input)
    {
        using var process = started;
        using var patience = new CancellationTokenSource(Patience);
        var output = new MemoryStream();
        try
        {
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await WriteInput(process, input, patience.Token);
            await Task.WhenAll(reading, errors, process.WaitForExitAsync(patience.Token));
            return new Answer(process.ExitCode, output.ToArray(), await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc/>
    /// <remarks>By <c>rm</c>: the framework cannot delete names that are no UTF-8.</remarks>
    public void Dispose()
    {
        using var remove = Process.Start("rm", ["-rf", "--", Folder]);
        remove.WaitForExit();
    }

    private static async Task WriteInput(Process process, byte[] input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It stopped reading, as it may.
        }
    }
}
