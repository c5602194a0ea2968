using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A small file system of its own, where the system lets the tests have one.</summary>
/// <remarks>Dispose takes it away again.</remarks>
internal sealed class Mount : IDisposable
{
    private Mount(string folder) => Folder = folder;

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Mounts an empty file system on a new folder of the home.</summary>
    /// <param name="home">Where.</param>
    /// <param name="name">The folder.</param>
    /// <param name="megabytes">How much it holds.</param>
    /// <returns>Null if this user may not mount.</returns>
    public static Mount? TryTemporary(Home home, string name, int megabytes)
    {
        var folder = home.At(name);
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "streamback-test", folder) ? new Mount(folder) : null;
    }

    /// <summary>Changes how much it holds.</summary>
    public void Resize(int megabytes) => Assert.True(Run("mount", "-o", $"remount,size={megabytes}m", Folder));

    /// <summary>Lets nobody write there any more, not even root.</summary>
    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Folder));

    /// <inheritdoc/>
    public void Dispose() => Run("umount", "--lazy", Folder);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
