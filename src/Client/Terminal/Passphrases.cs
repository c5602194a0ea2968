using System.Diagnostics;
using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Client.Terminal;

/// <summary>
/// Where a passphrase comes from, in this order: STREAMBACK_PASSPHRASE, the first line of STREAMBACK_PASSPHRASE_FILE, that
/// of what STREAMBACK_PASSPHRASE_COMMAND prints, the terminal.
/// </summary>
internal static class Passphrases
{
    private const string Terminal = "/dev/tty";

    /// <summary>How long the wait for a line is, before it looks whether it has been cancelled.</summary>
    private const int PatienceMilliseconds = 200;

    private static string? given;

    /// <summary>The passphrase, or null if nobody can be asked. Who has given it is not asked again.</summary>
    public static string? Ask(string prompt, CancellationToken cancellation) =>
        given ??= FromEnvironment("STREAMBACK_PASSPHRASE", cancellation) ?? FromTerminal(prompt, cancellation);

    /// <summary>A new passphrase; at a terminal it is asked for twice.</summary>
    /// <param name="variable">The environment variable that may hold it, or the beginning of its _FILE and _COMMAND.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if there is none, or the two differ.</exception>
    public static string AskNew(string variable, CancellationToken cancellation)
    {
        var passphrase = FromEnvironment(variable, cancellation);
        if (passphrase is null)
        {
            passphrase = FromTerminal("New passphrase: ", cancellation);
            if (passphrase is not null && passphrase != FromTerminal("The same again: ", cancellation))
                throw new RepositoryException(ErrorCode.Usage, "The two passphrases differ");
        }

        return string.IsNullOrEmpty(passphrase)
            ? throw new RepositoryException(ErrorCode.Usage, $"A passphrase is needed: set {variable}, {variable}_FILE or {variable}_COMMAND, or use a terminal")
            : passphrase;
    }

    private static string? FromEnvironment(string variable, CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } passphrase)
            return passphrase;
        if (Environment.GetEnvironmentVariable(variable + "_FILE") is { Length: > 0 } file)
            return FirstLine(ReadFile(file));
        if (Environment.GetEnvironmentVariable(variable + "_COMMAND") is { Length: > 0 } command)
            return FirstLine(RunShell(command, variable, cancellation));
        return null;
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Denied, $"The passphrase file cannot be read: {error.Message}", error);
        }
    }

    private static string RunShell(string command, string variable, CancellationToken cancellation)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        cancellation.ThrowIfCancellationRequested(); // the terminal interrupts the command as well
        return shell.ExitCode == 0
            ? output
            : throw new RepositoryException(ErrorCode.Denied, $"{variable}_COMMAND exited with {shell.ExitCode}");
    }

    // Standard input may be the stream itself, so the terminal is opened by name.
    private static string? FromTerminal(string prompt, CancellationToken cancellation)
    {
        FileStream terminal;
        try
        {
            terminal = new FileStream(Terminal, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        using (terminal)
        {
            SetEcho(false);
            try
            {
                terminal.Write(Encoding.UTF8.GetBytes(prompt));
                return ReadLine(terminal, cancellation);
            }
            finally
            {
                SetEcho(true);
                terminal.Write("\n"u8);
            }
        }
    }

    private static string ReadLine(FileStream terminal, CancellationToken cancellation)
    {
        var bytes = new List<byte>();
        for (var next = ReadByte(terminal, cancellation); next is not (-1 or '\n'); next = ReadByte(terminal, cancellation))
            bytes.Add((byte)next);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static int ReadByte(FileStream terminal, CancellationToken cancellation)
    {
        var descriptor = terminal.SafeFileHandle.DangerousGetHandle().ToInt32();
        while (!SystemCalls.WaitReadable(descriptor, PatienceMilliseconds))
            cancellation.ThrowIfCancellationRequested();
        return terminal.ReadByte();
    }

    private static void SetEcho(bool on)
    {
        using var stty = Process.Start("/bin/sh", ["-c", $"stty {(on ? "echo" : "-echo")} < {Terminal}"]);
        stty.WaitForExit();
    }

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('\r');
}
