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

    private const int SampleLength = 256; // bytes: random ones are nowhere else, and no block of a file system ends within them

    private static readonly Lazy<string?> ImageRefusal = new(() =>
    {
        using var home = new Home();
        using var mount = new Mount(home.At("probe"), home.At("probe.img"));
        return TryImage(mount, megabytes: 4);
    });

    private readonly string? image;

    private Mount(string folder, string? image = null) => (Folder, this.image) = (folder, image);

    /// <summary>Why this user may not mount; null if that is allowed.</summary>
    public static string? WhyNot => Refusal.Value;

    /// <summary>Why this user may not mount a file system that is in a file; null if that is allowed.</summary>
    public static string? WhyNoImage => ImageRefusal.Value;

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

    /// <summary>Makes a file system in a file, and mounts it on a new folder of the home, where that is allowed.</summary>
    /// <param name="home">Where.</param>
    /// <param name="name">The folder; the file has .img after it.</param>
    /// <param name="megabytes">How much it holds.</param>
    public static Mount Image(Home home, string name, int megabytes)
    {
        var mount = new Mount(home.At(name), home.At($"{name}.img"));
        Assert.Null(TryImage(mount, megabytes));
        return mount;
    }

    /// <summary>What <see cref="Image"/> made is another thing on the disk than it is in the page cache, by a bit of one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where in it.</param>
    public void FlipInPageCache(string path, int offset)
    {
        var place = PlaceInImage(File.ReadAllBytes(path).AsSpan(offset, SampleLength));
        Assert.Null(Run("umount", Folder));
        RepositoryFiles.Flip(image!, place);
        Assert.Null(Run("mount", "-o", "loop", image!, Folder));
        File.ReadAllBytes(path);
        RepositoryFiles.Flip(image!, place);
    }

    /// <summary>Changes how much it holds.</summary>
    public void Resize(int megabytes) => Assert.Null(Run("mount", "-o", $"remount,size={megabytes}m", Folder));

    /// <summary>Lets nobody write there any more, not even root.</summary>
    public void MakeReadOnly() => Assert.Null(Run("mount", "-o", "remount,ro", Folder));

    /// <inheritdoc/>
    public void Dispose() => Run("umount", "--lazy", Folder);

    // The bytes of a file are found once the system wrote them.
    private long PlaceInImage(ReadOnlySpan<byte> sample)
    {
        Assert.Null(Run("sync", "--file-system", Folder));
        return File.ReadAllBytes(image!).AsSpan().IndexOf(sample) is >= 0 and var place ? place : throw new InvalidOperationException("Not in the image");
    }

    private static string? Try(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "streamback-test", folder);
    }

    private static string? TryImage(Mount mount, int megabytes)
    {
        Directory.CreateDirectory(mount.Folder);
        using (var file = File.Create(mount.image!))
            file.SetLength((long)megabytes << 20);
        return Run("mkfs.ext4", "-q", "-F", mount.image!) ?? Run("mount", "-o", "loop", mount.image!, mount.Folder);
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
