using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A small file system of its own, where the system lets the tests have one.</summary>
/// <remarks>Dispose takes it away again.</remarks>
internal sealed class Mount : IDisposable
{
    /// <summary>What <c>mount</c> says where the system does not let this user have one; null where it does.</summary>
    private static readonly Lazy<string?> Refusal = new(() =>
    {
        using var home = new Home();
        using var mount = new Mount(home.At("probe"));
        return Try(mount.Folder, megabytes: 1);
    });

    private Mount(string folder) => Folder = folder;

    /// <summary>Why this user may not mount; null if that is allowed.</summary>
    public static string? WhyNot => Refusal.Value;

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Mounts an empty file system on a new folder of the home, where that is allowed.</summary>
    /// <param name="home">Where.</param>
    /// <param name="name">The folder.</param>
    /// <param name="megabytes">How much it holds.</param>
    public static Mount Temporary(Home home, string name, int megabytes)
    {
        var mount = new Mount(home.At(name));
        Assert.Null(Try(mount.Folder, megabytes));
        return mount;
    }

    /// <summary>Changes how much it holds.</summary>
    public void Resize(int megabytes) => Assert.Null(Run("mount", "-o", $"remount,size={megabytes}m", Folder));

    /// <summary>Lets nobody write there any more, not even root.</summary>
    public void MakeReadOnly() => Assert.Null(Run("mount", "-o", "remount,ro", Folder));

    /// <inheritdoc/>
    public void Dispose() => Run("umount", "--lazy", Folder);

    private static string? Try(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "streamback-test", folder);
    }

    /// <returns>What it complains of; null if it succeeded.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"exit {process.ExitCode}: {errors.Trim()}";
    }
}
