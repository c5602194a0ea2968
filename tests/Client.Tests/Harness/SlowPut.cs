using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A put whose producer has stopped in the middle.</summary>
/// <remarks>Dispose kills it.</remarks>
internal sealed class SlowPut : IDisposable
{
    /// <summary>Between two looks at the repository.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process process;

    private SlowPut(Process process) => this.process = process;

    /// <summary>Starts a put and gives it the first bytes.</summary>
    /// <param name="home">Where.</param>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="beginning">What it gets; it waits for more.</param>
    public static async Task<SlowPut> Start(Home home, string name, ReadOnlyMemory<byte> beginning)
    {
        // A shell that runs the tests in the background has them, and what they start, ignore SIGINT.
        var put = new SlowPut(home.Start("env", "--default-signal=INT,HUP", Home.Executable, "put", name, "--json"));
        await put.process.StandardInput.BaseStream.WriteAsync(beginning);
        await put.process.StandardInput.BaseStream.FlushAsync();
        return put;
    }

    /// <summary>Waits until what the put does shows.</summary>
    public async Task Until(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(Glance))
            Assert.True(waited.Elapsed < Patience && !process.HasExited, "the put does not get there");
    }

    /// <summary>Sends a signal, such as <c>INT</c>, and waits for the end.</summary>
    public async Task<Answer> Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        using var patience = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return new Answer(process.ExitCode, System.Text.Encoding.UTF8.GetBytes(output), await errors);
    }

    /// <summary>Gives it the rest, and waits for its end.</summary>
    public Task<Answer> Finish(byte[] rest) => Home.Finish(process, rest);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended, as it should.
        }

        process.Dispose();
    }
}
