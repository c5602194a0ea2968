using System.Collections.Concurrent;
using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A running <c>streamback serve</c> on a free port of the loopback, and requests to it by real curl.</summary>
/// <remarks>Dispose kills it, whatever it does.</remarks>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Home home;
    private readonly Process process;
    private Task<string> told = Task.FromResult("");
    private readonly ConcurrentQueue<string> faults = new();
    private readonly ConcurrentQueue<string> lines = new();

    private ServerProcess(Home home, Process process, string address)
    {
        this.home = home;
        this.process = process;
        Address = address;
    }

    /// <summary>Such as <c>http://127.0.0.1:40001</c>.</summary>
    public string Address { get; }

    /// <summary>The port that it listens on.</summary>
    public int Port => new Uri(Address).Port;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Lines of its log that tell of an exception which nobody expected.</summary>
    public IReadOnlyCollection<string> Faults => faults;

    /// <summary>What it has written on standard error so far, since it began to listen.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>What the addresses of snapshots begin with.</summary>
    public string Snapshots => Address + "/api/v1/snapshots";

    /// <summary>Starts one over the home's default repository, which must be there, with at least one token.</summary>
    public static async Task<ServerProcess> Start(Home home, params string[] options)
    {
        string[] listen = options.Contains("--listen") || options.Contains("--socket") || options.Contains("--config") ? [] : ["--listen", "http://127.0.0.1:0"];
        var process = home.Start(Home.Executable, ["serve", .. listen, .. options]);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        var (line, before) = ("", new System.Text.StringBuilder());
        while (!line.Contains("Listening on ", StringComparison.Ordinal))
        {
            line = await process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException($"the server ended: {before}");
            before.AppendLine(line);
        }

        var server = new ServerProcess(home, process, line.Split(' ')[^1]);
        server.told = server.ReadLog(before);
        return server;
    }

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    /// <summary>All that it wrote on standard error, once it has ended.</summary>
    public Task<string> Told => told;

    /// <summary>Watches its memory until it ends: bytes at most.</summary>
    public Task<long> PeakMemory() => MemoryWatch.Peak(process);

    /// <summary>Makes a token.</summary>
    public static async Task<string> Token(Home home, string name, string allow, params string[] prefixes) =>
        (await home.Run(["token", "add", name, "--allow", allow, .. prefixes.SelectMany(prefix => new[] { "--prefix", prefix })])).Succeeded().Text.Trim();

    /// <summary>Runs a script in which <c>$S</c> is what addresses of snapshots begin with, and <c>$A</c> the server's address.</summary>
    public Task<Answer> Shell(string script) => home.Shell($"S={Snapshots} A={Address}\n{script}");

    /// <summary>The status of a request by curl.</summary>
    public async Task<int> Status(string token, string arguments) =>
        int.Parse((await Shell($"curl -s -o /dev/null -w '%{{http_code}}' -H 'Authorization: Bearer {token}' {arguments} || true")).Text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Sends a signal and does not wait.</summary>
    public async Task Send(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Signal(string name)
    {
        await Send(name);
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private async Task<string> ReadLog(System.Text.StringBuilder log)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            log.AppendLine(line);
            lines.Enqueue(line);
            if (line.Contains("\"Exception\":", StringComparison.Ordinal) || line.StartsWith("Unhandled exception", StringComparison.Ordinal))
                faults.Enqueue(line);
        }

        return log.ToString();
    }
}
