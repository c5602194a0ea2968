using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>What stands in a lock file: a hint, which is lost if the power fails while it is written.</summary>
internal static class LockNote
{
    /// <summary>Bytes of the longest: 200 000 bundles. What is longer was written by somebody else.</summary>
    private const int MaxLength = 16 << 20;

    /// <summary>Reads it; empty if there is none, or it is none of ours.</summary>
    public static byte[] Read(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        if (length > MaxLength)
            return [];
        var bytes = new byte[length];
        return bytes[..RandomAccess.Read(file, bytes, 0)];
    }

    /// <summary>Writes it.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> note)
    {
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, note, 0);
        RandomAccess.FlushToDisk(file);
    }
}
