using System.Diagnostics;
using System.Text;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A running <c>streamback serve --stdio</c>, spoken to over its two pipes.</summary>
/// <remarks>Threading: one thread. Dispose hangs up, and ends it if it does not end by itself.</remarks>
internal sealed class PipeConnection : IDisposable
{
    /// <summary>Far above what any answer takes on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process process;
    private readonly Task<string> errors;
    private readonly List<byte> heard = [];
    private readonly byte[] block = new byte[64 << 10];

    public PipeConnection(Home home, params string[] options)
    {
        process = home.Start(Home.Executable, ["serve", "--stdio", .. options]);
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Says text, a byte for each of its characters, and waits for the answer.</summary>
    /// <param name="toHead">Whether it is a HEAD.</param>
    public async Task<RawAnswer> Ask(string request, bool toHead = false)
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.StandardInput.BaseStream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
        await process.StandardInput.BaseStream.FlushAsync(patience.Token);
        while (true)
        {
            if (RawAnswer.TryTake(heard, closed: false, out var answer, toHead))
                return answer;
            var read = await process.StandardOutput.BaseStream.ReadAsync(block, patience.Token);
            Assert.True(read > 0, $"no answer to {request}");
            heard.AddRange(block.AsSpan(0, read));
        }
    }

    /// <summary>Hangs up and waits for its end, which must be a good one, without a word that nobody asked for.</summary>
    public async Task HangUp()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        var rest = await process.StandardOutput.BaseStream.ReadAsync(block, patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal((0, 0, 0), (process.ExitCode, rest, heard.Count));
        Assert.DoesNotContain("xception", await errors, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
