using System.Diagnostics;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Reader;

/// <summary>
/// A repository that the built program has made in a temporary folder, its keys in every form, and the streams that are
/// in it: a raw one, and a tar with links and long names in two versions, of which the second is stored as deltas.
/// </summary>
public sealed class SampleRepository : IDisposable
{
    // Debian's own Python, which has the packages; another one may come first on PATH.
    private const string Python = "/usr/bin/python3";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public SampleRepository()
    {
        try
        {
            Succeed("""
                mkdir -p tree/long/$(printf 'n%.0s' {1..120})/$(printf 'm%.0s' {1..200}); cd tree
                seq 1 60000 > numbers; seq 7 9 90000 > more; : > empty
                cp more long/n*/m*/; ln -s numbers symbolic; ln numbers hard; mkfifo pipe; cd ..
                tar cf first.tar tree
                sed -i '20000i an inserted line' tree/numbers; tar cf second.tar tree
                head -c 300000 /dev/urandom > raw.bin; printf 'pass wörd\nnot this line' > passphrase.txt

                s="$streamback --repository repository --key-file plain.key"
                $s init; $s put tree -- cat first.tar; $s put tree -- cat second.tar; $s put raw -- cat raw.bin
                $s tag raw 'labelled-later'
                $s key recovery > recovery.txt; $s key export-put put.key
                STREAMBACK_NEW_PASSPHRASE='pass wörd' $s key passphrase --add
                """);
            Assert.DoesNotContain(
                "\"deltaChunks\":0,",
                Succeed("$streamback --repository repository --key-file plain.key --json stats"),
                StringComparison.Ordinal);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("streamback-reader-").FullName;

    /// <summary>Runs a bash script that must succeed, and gives its standard output.</summary>
    public string Succeed(string script)
    {
        (int exitCode, string output, string errors) = Run(script);
        Assert.True(exitCode == 0, $"{script}\nexited {exitCode}\n{output}{errors}");
        return output;
    }

    /// <summary>Runs a bash script in the folder, with <c>$streamback</c>, <c>$reader</c> and <c>$checkIndex</c>.</summary>
    public (int ExitCode, string Output, string Errors) Run(string script)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("STREAMBACK_")).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["streamback"] = Home.Executable;
        start.Environment["reader"] = $"{Python} {Checkout.At("scripts/restore.py")}";
        start.Environment["checkIndex"] = $"{Python} {Checkout.At("scripts/check_index.py")}";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{script}\ndoes not end");
        }

        return (process.ExitCode, output.Result, errors.Result);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
