using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cipher = System.Runtime.Intrinsics.X86.Aes;

namespace StreamBack.Client.Tests.Harness;

/// <summary>
/// Looks through the memory of a running process for keys that open bundles: every 32 bytes at a multiple of 8 are tried on the first
/// block of each bundle's first frame. What a frame begins with is known (docs/design/repository-format.md, 4.2), so a key that
/// is none passes with a chance of 2^-55.
/// </summary>
internal static class KeyScanner
{
    /// <summary>Where the first frame of a bundle with one key slot begins.</summary>
    private const int FirstFrame = 64 + 128;

    private const int ClassOffset = 10;
    private const int KeyLength = 32;
    private const int Alignment = 8;
    private const int BlockLength = 1 << 20;
    private const uint MaxFrameLength = 8 << 20;

    // GCM's counter block for the first block of ordinal 0: a nonce of zeros, and 2.
    private static readonly Vector128<byte> Counter = Vector128.Create(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)2);

    /// <summary>The sealed beginning of the first frame of a content bundle, finished or not; null of any other, or if there is none yet.</summary>
    public static byte[]? Frame(string bundle)
    {
        using var file = new FileStream(bundle, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[FirstFrame + 16];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head[ClassOffset] == 1 ? head[FirstFrame..] : null;
    }

    /// <summary>How many places of a process's memory hold a key of one of these frames.</summary>
    public static int Count(int process, IReadOnlyList<byte[]> frames)
    {
        var sealedBytes = frames.Select(frame => Vector128.Create(frame)).ToArray();
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        var block = new byte[BlockLength + KeyLength];
        var found = 0;
        foreach (var (start, end) in Regions(process))
        {
            for (var at = start; at < end; at += BlockLength)
            {
                var wanted = (int)Math.Min(block.Length, end - at);
                found += Count(block.AsSpan(0, Read(memory, at, block.AsSpan(0, wanted))), sealedBytes);
            }
        }

        return found;
    }

    /// <summary>AES-256 of one block, as a check of this by another.</summary>
    public static byte[] Encrypt(byte[] key, byte[] block)
    {
        var result = new byte[16];
        Encrypt(key.AsSpan(), Vector128.Create(block)).CopyTo(result);
        return result;
    }

    private static int Count(ReadOnlySpan<byte> memory, Vector128<byte>[] frames)
    {
        var found = 0;
        for (var at = 0; at + KeyLength <= memory.Length && at < BlockLength; at += Alignment)
        {
            var window = memory.Slice(at, KeyLength);
            if (HasSmallNumber(window))
                continue;
            var stream = Encrypt(window, Counter);
            foreach (var frame in frames)
                found += BeginsFrame(frame ^ stream) ? 1 : 0;
        }

        return found;
    }

    // Pointers, counts and zeros are most of what is in a memory; of keys one in 16384 has eight bytes so small, and is passed over.
    private static bool HasSmallNumber(ReadOnlySpan<byte> window)
    {
        for (var at = 0; at < KeyLength; at += sizeof(ulong))
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(window[at..]) >> 48 == 0)
                return true;
        }

        return false;
    }

    // Codec, level, two zeros, plain length, number of entries.
    private static bool BeginsFrame(Vector128<byte> plain) =>
        plain[0] <= 2 && (sbyte)plain[1] is >= -7 and <= 19 && plain.AsUInt16()[1] == 0
        && plain.AsUInt32()[1] is > 0 and <= MaxFrameLength && plain.AsUInt32()[2] is > 0 and <= ushort.MaxValue;

    private static Vector128<byte> Encrypt(ReadOnlySpan<byte> key, Vector128<byte> block)
    {
        var (even, odd) = (Vector128.Create(key[..16]), Vector128.Create(key[16..]));
        var state = Cipher.Encrypt(block ^ even, odd);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x01), state);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x02), state);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x04), state);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x08), state);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x10), state);
        (even, odd, state) = Round(even, odd, Cipher.KeygenAssist(odd, 0x20), state);
        return Cipher.EncryptLast(state, Next(even, Sse2.Shuffle(Cipher.KeygenAssist(odd, 0x40).AsInt32(), 0xff)));
    }

    private static (Vector128<byte> Even, Vector128<byte> Odd, Vector128<byte> State) Round(
        Vector128<byte> even, Vector128<byte> odd, Vector128<byte> assist, Vector128<byte> state)
    {
        even = Next(even, Sse2.Shuffle(assist.AsInt32(), 0xff));
        odd = Next(odd, Sse2.Shuffle(Cipher.KeygenAssist(even, 0).AsInt32(), 0xaa));
        return (even, odd, Cipher.Encrypt(Cipher.Encrypt(state, even), odd));
    }

    private static Vector128<byte> Next(Vector128<byte> key, Vector128<int> assist)
    {
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 8);
        return key ^ assist.AsByte();
    }

    // What can be written: keys are in no other.
    private static IEnumerable<(long Start, long End)> Regions(int process)
    {
        foreach (var line in File.ReadLines($"/proc/{process}/maps"))
        {
            var words = line.Split(' ', '-');
            if (words[2].StartsWith("rw", StringComparison.Ordinal))
                yield return (long.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), long.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }
    }

    // A region may have gone since, or be a device's.
    private static int Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, long at, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(memory, destination, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
