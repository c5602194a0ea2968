using System.ComponentModel;
using System.Diagnostics;
using StreamBack.Protocol;

namespace StreamBack.Client.Sources;

/// <summary>The output of a command, which counts only if the command exits 0.</summary>
/// <remarks>Owns the process; ends it on dispose if it still runs.</remarks>
internal sealed class CommandOutput : IStreamSource, IDisposable
{
    private const int NoEntry = 2; // errno

    private readonly string name;
    private readonly Process process;
    private readonly Stream output;
    private readonly CancellationTokenRegistration cancelling;

    /// <summary>Starts the command.</summary>
    /// <param name="command">Program and arguments, one or more.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Incomplete"/> if it cannot be started.</exception>
    public CommandOutput(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        name = command[0];
        try
        {
            process = Process.Start(new ProcessStartInfo(name, command.Skip(1)) { RedirectStandardOutput = true, UseShellExecute = false })!;
        }
        catch (Win32Exception error)
        {
            throw new RepositoryException(ErrorCode.Incomplete, $"{name} cannot be started: {(error.NativeErrorCode == NoEntry ? "there is no such command" : error.Message)}; nothing was kept", error);
        }

        output = process.StandardOutput.BaseStream;
        cancelling = cancellation.Register(Kill);
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer) => output.Read(buffer);

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new RepositoryException(ErrorCode.Incomplete, $"{name} exited with {process.ExitCode}; nothing was kept");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cancelling.Dispose();
        Kill();
        process.Dispose();
    }

    private void Kill()
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has just ended by itself, or is another user's (sudo): then the end of its pipe ends it.
        }
    }
}
