using System.Diagnostics;
using System.Security.Cryptography;

namespace StreamBack.Micro.Stages;

/// <summary>The stages of a get.</summary>
internal static class Get
{
    /// <summary>Bytes written at once, as the product does.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>
    /// Opens frames that the stream needs, up to as many bytes as its chunks have, each chunk once: that a frame holds others'
    /// chunks as well is no need of the stream. Then hashes, copies and writes as many bytes as the stream has; they are those of
    /// the frames, and its own would take no less.
    /// </summary>
    /// <returns><paramref name="stored"/>.</returns>
    public static PutResult Run(FrameStore frames, PutResult stored)
    {
        using var target = Process.Start(new ProcessStartInfo("sh", ["-c", "cat >/dev/null"]) { RedirectStandardInput = true })!;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pipe = target.StandardInput.BaseStream;
        var block = new byte[BlockLength];
        var (left, unopened) = (stored.Length, stored.UniqueLength);
        ReadOnlySpan<byte> plain = default;
        foreach (var frame in stored.Frames.TakeWhile(_ => unopened > 0))
        {
            plain = frames.Open(frame);
            unopened -= plain.Length;
            Write(plain);
        }

        // What the stream repeats.
        while (left > 0)
            Write(plain);
        hash.GetHashAndReset();
        target.StandardInput.Close();
        target.WaitForExit();
        return stored;

        void Write(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0 && left > 0)
            {
                var count = (int)Math.Min(Math.Min(bytes.Length, block.Length), left);
                bytes[..count].CopyTo(block);
                bytes = bytes[count..];
                hash.AppendData(block, 0, count);
                pipe.Write(block, 0, count);
                left -= count;
            }
        }
    }
}
