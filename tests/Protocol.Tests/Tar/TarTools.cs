using System.Diagnostics;
using System.Text;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Runs the real tools, in a plain locale and time zone, so that their answers are the same everywhere.</summary>
internal static class TarTools
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>What a tool answered; texts are Latin-1, a character is a byte.</summary>
    public sealed record Answer(int ExitCode, string Output, string Errors)
    {
        public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Runs a bash script in a folder; it must succeed.</summary>
    public static void Script(string folder, string script)
    {
        Answer answer = Run("bash", ["-euc", script], [], folder);
        Assert.True(answer.ExitCode == 0, $"{script}\n{answer.Output}{answer.Errors}");
    }

    /// <summary>Runs a tool with bytes as its standard input; it need not read them all.</summary>
    public static Answer Run(string tool, IEnumerable<string> arguments, byte[] input, string? folder = null)
    {
        var start = new ProcessStartInfo(tool, arguments)
        {
            WorkingDirectory = folder ?? Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It stopped reading: a tar that is done with its archive may.
        }

        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"{tool} {string.Join(' ', arguments)} does not end");
        }

        return new Answer(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>Undoes the escapes that GNU tar (style "escape") and bsdtar write in names.</summary>
    public static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                plain.Append(text[at]);
            }
            else if (text[at + 1] is >= '0' and <= '7')
            {
                plain.Append((char)Convert.ToInt32(text.Substring(at + 1, 3), 8));
                at += 3;
            }
            else
            {
                const string Letters = "abfnrtv";
                int letter = Letters.IndexOf(text[++at]);
                plain.Append(letter < 0 ? text[at] : "\a\b\f\n\r\t\v"[letter]);
            }
        }

        return plain.ToString();
    }
}
