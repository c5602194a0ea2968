using System.Diagnostics;

namespace StreamBack.Server.Serving.Notices;

/// <summary>Runs a command of the shell, which gets the text as its standard input.</summary>
internal sealed class CommandWay(string command) : INoticeWay
{
    /// <summary>Whatever sends a message has sent it by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Letters of what the command says when it fails.</summary>
    private const int MaxError = 300;

    /// <inheritdoc/>
    public string Name => "command";

    /// <inheritdoc/>
    public async Task Tell(Notice notice, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ended.CancelAfter(Patience);
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["STREAMBACK_SUBJECT"] = notice.Subject;
        using var process = Process.Start(start) ?? throw new NoticeException("/bin/sh cannot be run");
        try
        {
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, ended.Token); // what it leaves running may hold it open
            var errors = process.StandardError.ReadToEndAsync(ended.Token);
            await Write(process, notice.Text, ended.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(ended.Token).ConfigureAwait(false);
            if (process.ExitCode != 0)
                throw new NoticeException($"the command exits with {process.ExitCode}: {Short(await errors.ConfigureAwait(false))}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NoticeException($"the command runs for longer than {Patience}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    // One that does not read what it is told is told all the same.
    private static async Task Write(Process process, string text, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(text.AsMemory(), cancellation).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has closed its input.
        }
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length > MaxError ? line[..MaxError] : line;
    }
}
