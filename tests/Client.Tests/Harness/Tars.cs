using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>Tars made by GNU tar.</summary>
internal static class Tars
{
    private const string Options = "--sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000";

    // Many files, long names, links, a sparse file, extended attributes, names that are no UTF-8, nothing, folders.
    private const string TreeScript = """
        mkdir -p tree/sub/$(printf 'deep%.0s/' {1..30}) tree/void
        for i in $(seq 200); do echo "file $i" > tree/sub/f$i; done
        head -c 300000 /dev/urandom > tree/big
        head -c 512 /dev/urandom > tree/block
        : > tree/nothing
        echo long > tree/$(printf 'n%.0s' {1..250})
        echo bytes > $'tree/\xff\xfe-name'
        ln -s big tree/link
        ln -s $(printf 'far/%.0s' {1..60}) tree/longlink
        ln tree/big tree/hard
        truncate -s 5M tree/sparse
        echo middle | dd of=tree/sparse bs=1M seek=2 conv=notrunc status=none
        setfattr -n user.note -v kept tree/big 2> /dev/null || true
        """;

    /// <summary>Makes the folder <c>tree</c> with every kind of member that a user can make.</summary>
    public static async Task MakeTree(Home home) => (await home.Shell("set -e\n" + TreeScript)).Succeeded();

    /// <summary>A tar of what a script makes.</summary>
    /// <param name="script">Makes files in an empty folder.</param>
    /// <param name="members">What to pack, in order, and options.</param>
    public static byte[] Make(string script, string members)
    {
        var folder = Directory.CreateTempSubdirectory("streamback-tar-").FullName;
        try
        {
            var start = new ProcessStartInfo("bash", ["-euc", $"{script}\ntar c {Options} {members}"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var tar = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(tar);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return tar.ToArray();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// A tar of three members: <c>a</c> at 0 with 3000 bytes, <c>b</c> at 3584 with 100, an empty <c>c</c> at 4608; its end
    /// blocks are at 5120.
    /// </summary>
    public static byte[] Small { get; } = Make("head -c 3000 /dev/zero | tr '\\0' a > a; head -c 100 /dev/zero | tr '\\0' b > b; : > c", "a b c");
}
