using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using static StreamBack.Protocol.Tests.Chunking.ChunkingFixture;

namespace StreamBack.Protocol.Tests.Chunking;

/// <summary>
/// Cut points of version 1 of the repository format. They may never change: a repository whose chunks were cut otherwise
/// would recognise nothing that it holds, and store everything again. Nothing else would fail.
/// </summary>
public class ChunkerGoldenTests
{
    [Theory]
    [InlineData(16, "e1b3cd69dbc07f9c045614f9f5397088")]
    [InlineData(64, "9a663458fae8e2eac690cdb12fb19d69")]
    [InlineData(1024, "2511677a43bc5ca5d8ed11f9910c3a0f")]
    public void Cut_points_and_samples_never_change(int averageKiB, string expected)
    {
        var sizes = ChunkingParameters.ForAverage(averageKiB << 10);
        using var points = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var chunk in Cut(Stream(), sizes).Concat(CutMembers(Members(), sizes)))
        {
            Add(points, (int)chunk.Offset);
            Add(points, chunk.Bytes.Length);
            foreach (var (position, value) in chunk.Samples)
            {
                Add(points, position);
                Add(points, (int)value);
            }
        }
        Assert.Equal(expected, Convert.ToHexStringLower(points.GetHashAndReset().AsSpan(0, 16)));
    }

    /// <summary>Random bytes, text-like bytes, a run, a short pattern, and the first part again.</summary>
    private static byte[] Stream()
    {
        var random = Bytes(100, 3_000_000);
        var words = Bytes(101, 2_000_000).Select(b => (byte)"etaoin shrdlu\n"[b % 14]);
        var pattern = Enumerable.Range(0, 500_000).Select(i => (byte)(i % 3));
        return [.. random, .. words, .. new byte[1_000_000], .. pattern, .. random];
    }

    /// <summary>Members from 1 byte to 600 kB, small ones most often.</summary>
    private static IEnumerable<byte[]> Members() =>
        Enumerable.Range(0, 1500).Select(i => Bytes(i, 1 + (i * 797 % 12_000) + (i % 50 == 0 ? i * 400 : 0)));

    private static void Add(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
