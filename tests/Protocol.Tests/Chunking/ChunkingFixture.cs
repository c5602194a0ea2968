using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tests.Chunking;

/// <summary>Known secrets and contents, and chunkers that are fed in a chosen way.</summary>
internal static class ChunkingFixture
{
    public static RollingHash Rolling { get; } = new(Bytes(1, RollingHash.SecretLength));

    public static ChunkingParameters Smallest { get; } = ChunkingParameters.ForAverage(ChunkingParameters.SmallestAverage);

    /// <summary>Bytes that are the same for ever: AES in counter mode under a key made of the seed.</summary>
    public static byte[] Bytes(int seed, int length)
    {
        using var aes = Aes.Create();
        aes.Key = SHA256.HashData(BitConverter.GetBytes(seed));
        var counters = new byte[(length + 15) / 16 * 16];
        for (var i = 0; i < counters.Length; i += 16)
            BitConverter.TryWriteBytes(counters.AsSpan(i), i);
        return aes.EncryptEcb(counters, PaddingMode.None)[..length];
    }

    /// <summary>Cuts a stream without members; <paramref name="slice"/> says how many bytes to feed next.</summary>
    public static List<CutChunk> Cut(byte[] stream, ChunkingParameters? parameters = null, Func<int>? slice = null) =>
        Run(parameters, chunker => Feed(chunker, stream, slice));

    /// <summary>Cuts a stream that consists of members only.</summary>
    public static List<CutChunk> CutMembers(IEnumerable<byte[]> members, ChunkingParameters? parameters = null, Func<int>? slice = null) =>
        Run(parameters, chunker =>
        {
            foreach (var member in members)
            {
                chunker.BeginMember(member.Length);
                Feed(chunker, member, slice);
            }
        });

    public static List<CutChunk> Run(ChunkingParameters? parameters, Action<Chunker> feed)
    {
        var sizes = parameters ?? Smallest;
        var chunks = new List<CutChunk>();
        var pool = new Stack<ChunkBatch>();
        var chunker = new Chunker(
            Rolling,
            sizes,
            () => pool.TryPop(out var used) ? used : new ChunkBatch(sizes),
            batch =>
            {
                foreach (var chunk in batch.Chunks)
                {
                    chunks.Add(new CutChunk(
                        batch.StreamOffset + chunk.Offset,
                        batch.Bytes(chunk).ToArray(),
                        [.. batch.Samples(chunk).ToArray().Select(s => s with { Position = s.Position - chunk.Offset })]));
                }
                // A pooled batch comes back with the worst of contents.
                batch.Buffer.AsSpan().Fill(0xa5);
                batch.SampleBuffer.AsSpan().Fill(new Sample(-1, uint.MaxValue));
                pool.Push(batch);
            });
        feed(chunker);
        chunker.Finish();
        return chunks;
    }

    private static void Feed(Chunker chunker, ReadOnlySpan<byte> bytes, Func<int>? slice)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(slice?.Invoke() ?? bytes.Length, bytes.Length);
            chunker.Append(bytes[..count]);
            bytes = bytes[count..];
        }
    }
}

/// <summary>A chunk as it came out: its place in the stream, its bytes, its samples with positions from its own start.</summary>
internal sealed record CutChunk(long Offset, byte[] Bytes, Sample[] Samples)
{
    public string Hash { get; } = Convert.ToHexString(SHA256.HashData(Bytes));
}
