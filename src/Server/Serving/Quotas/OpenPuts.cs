using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Quotas;

/// <summary>
/// The puts that are underway in all processes that share a state folder: a small file each, which its process keeps locked, so that
/// one whose process was killed counts no longer.
/// </summary>
/// <remarks>Threading: any. Files are not made durable: after a crash nothing is underway.</remarks>
internal sealed class OpenPuts
{
    /// <summary>A number of 20 digits, a blank and a name of at most 1615 bytes.</summary>
    private const int MaxFileLength = 2048;

    private readonly string folder;

    /// <param name="stateFolder">Made, mode 0700, with the first put.</param>
    public OpenPuts(string stateFolder) => folder = Path.Combine(Path.GetFullPath(stateFolder), "puts");

    /// <summary>Takes the lock under which sums are made: nobody adds to a put meanwhile.</summary>
    public IDisposable Lock()
    {
        DurableFile.CreateFolder(folder);
        var held = Libc.OpenLockFile(folder + ".lock", create: true)!;
        Libc.LockFile(held, wait: true);
        return held;
    }

    /// <summary>Makes the file of a put that begins. Under the lock.</summary>
    public (string Path, SafeFileHandle File) Begin(string name)
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("n"));
        var file = Libc.OpenLockFile(path, create: true)!;
        try
        {
            Libc.LockFile(file, wait: false);
            Write(file, name, 0);
            return (path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Says how many bytes a put counts for. Under the lock.</summary>
    public static void Write(SafeFileHandle file, string name, long bytes) =>
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes:D20} {name}\n")), 0);

    /// <summary>The puts underway, but one. Under the lock.</summary>
    /// <param name="except">The path of the one.</param>
    public List<(string Name, long Bytes)> Others(string? except)
    {
        var others = new List<(string, long)>();
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => path != except))
        {
            using var file = Libc.OpenLockFile(path, create: false);
            if (file is null)
                continue;
            if (Libc.LockFile(file, wait: false))
                File.Delete(path);
            else if (Read(file) is { } put)
                others.Add(put);
        }

        return others;
    }

    private static (string Name, long Bytes)? Read(SafeFileHandle file)
    {
        var buffer = new byte[MaxFileLength];
        var words = Encoding.ASCII.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0)).TrimEnd('\n').Split(' ');
        return words.Length == 2 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? (words[1], bytes) : null;
    }
}
