using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Sessions;

/// <summary>
/// Entries in a file, each a length (u32 LE), the first 8 bytes of the SHA-256 of what follows, and that: a letter and its data.
/// A torn entry at the end is none, and is written over by the next one.
/// </summary>
internal static class JournalFile
{
    private const int CheckLength = 8;
    private const int PrefixLength = sizeof(uint) + CheckLength;

    /// <summary>Bytes of an entry at the most, when one is read: a checkpoint's batches have 3 MiB, and what is longer is torn.</summary>
    private const int MaxEntryLength = 16 << 20;

    /// <summary>Reads an entry, if there is one.</summary>
    /// <param name="at">Its offset; afterwards, if there is one, that of the next.</param>
    public static bool TryRead(SafeFileHandle file, ref long at, out char kind, out ReadOnlyMemory<byte> data)
    {
        (kind, data) = ('\0', default);
        Span<byte> prefix = stackalloc byte[PrefixLength];
        if (RandomAccess.Read(file, prefix, at) < prefix.Length)
            return false;
        var size = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (size is 0 or > MaxEntryLength)
            return false;
        var entry = new byte[size];
        if (RandomAccess.Read(file, entry, at + PrefixLength) < entry.Length
            || !SHA256.HashData(entry).AsSpan(0, CheckLength).SequenceEqual(prefix[sizeof(uint)..]))
            return false;
        at += PrefixLength + entry.Length;
        (kind, data) = ((char)entry[0], entry.AsMemory(1));
        return true;
    }

    /// <summary>Writes an entry; durable when this returns.</summary>
    /// <param name="at">Its offset; afterwards that of the next.</param>
    public static void Write(SafeFileHandle file, ref long at, char kind, ReadOnlySpan<byte> data)
    {
        byte[] entry = [(byte)kind, .. data];
        var bytes = new byte[PrefixLength + entry.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, entry.Length);
        SHA256.HashData(entry).AsSpan(0, CheckLength).CopyTo(bytes.AsSpan(sizeof(uint)));
        entry.CopyTo(bytes.AsSpan(PrefixLength));
        RandomAccess.Write(file, bytes, at);
        RandomAccess.FlushToDisk(file);
        at += bytes.Length;
    }
}
