using StreamBack.Protocol;

namespace StreamBack.Server.Tests;

/// <summary>Changes single bytes and asks whether it is noticed.</summary>
internal static class Flips
{
    /// <summary>Bits that are tried in each byte: the lowest, one in the middle, and that which turns a letter's case.</summary>
    private static readonly byte[] Masks = [0x01, 0x20, 0x80];

    /// <summary>Changes a byte of a stored file, which nobody may write.</summary>
    public static void In(string path, long at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Every byte of a file, changed, is an expected failure; unchanged, the file reads.</summary>
    /// <param name="read">Reads all of the file.</param>
    /// <param name="from">First byte to change.</param>
    /// <param name="to">Behind the last byte to change; null for the end.</param>
    /// <param name="step">Bytes from one to the next that is changed.</param>
    public static void AreDetected(byte[] file, Action<byte[]> read, int from = 0, int? to = null, int step = 1)
    {
        read(file);
        for (var at = from; at < (to ?? file.Length); at += step)
        {
            foreach (var mask in Masks)
            {
                var changed = file.ToArray();
                changed[at] ^= mask;
                var error = Record.Exception(() => read(changed));
                Assert.True(
                    error is RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported or ErrorCode.Denied },
                    $"byte {at} of {file.Length} ^ {mask:x2}: {error?.ToString() ?? "not noticed"}");
            }
        }
    }
}
