using System.Text;
using System.Text.Json;

namespace StreamBack.Client.Tests.Harness;

/// <summary>What a program left behind when it ended.</summary>
/// <param name="ExitCode">As a shell sees it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record Answer(int ExitCode, byte[] Output, string Errors)
{
    /// <summary>Standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Standard output as one JSON object.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>It must have ended well.</summary>
    public Answer Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit {ExitCode}\n{Errors}");
        return this;
    }

    /// <summary>It must have failed with this exit code, said so in exactly one line, and written nothing.</summary>
    /// <param name="exitCode">The code of the contract.</param>
    /// <param name="says">What the line must contain.</param>
    public void FailedWith(int exitCode, string says)
    {
        Assert.Equal((exitCode, ""), (ExitCode, Text));
        Assert.True(Errors.StartsWith("streamback: ", StringComparison.Ordinal) && Errors.IndexOf('\n', StringComparison.Ordinal) == Errors.Length - 1, $"not one line: {Errors}");
        Assert.Contains(says, Errors, StringComparison.Ordinal);
    }
}
