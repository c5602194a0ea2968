using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Micro;

/// <summary>How fast streams are cut and named.</summary>
internal static class ChunkerBench
{
    /// <summary>Bytes of one piece: what the product reads at once, within the cache.</summary>
    private const int PieceLength = 256 << 10;

    /// <summary>Measures.</summary>
    /// <param name="data">One piece or more.</param>
    public static void Run(byte[] data)
    {
        var piece = data[..PieceLength];
        var rollingHash = new RollingHash(Samples.Random(RollingHash.SecretLength));
        var scanner = new SampleScanner(rollingHash);
        var found = new Sample[SampleScanner.MaxSamples(PieceLength)];
        var copy = new byte[PieceLength];
        const double PieceMegabytes = PieceLength / 1e6;
        new Contest("256 KiB in the cache", "MB/s")
            .Add("memory copy", PieceMegabytes, () => piece.CopyTo(copy.AsSpan()))
            .Add("SHA-256", PieceMegabytes, () => SHA256.HashData(piece, copy))
            .Add("gear hash, nothing found", PieceMegabytes, () => rollingHash.Of(piece))
            .Add("SampleScanner", PieceMegabytes, () => scanner.Scan(piece, 0, piece.Length, found))
            .Run();

        var target = new byte[data.Length];
        var megabytes = data.Length / 1e6;
        using var hasher = new ChunkHasher(Samples.Random(ChunkHasher.SecretLength));
        new Contest($"{megabytes:N0} MB, in pieces of 256 KiB", "MB/s")
            .Add("memory copy", megabytes, () => data.CopyTo(target.AsSpan()))
            .Add("SHA-256", megabytes, () => SHA256.HashData(data, copy))
            .Add("Chunker: copy, scan, cut", megabytes, () => Cut(rollingHash, data, _ => { }))
            .Add("Chunker and ChunkHasher", megabytes, () => Cut(rollingHash, data, batch => Name(batch, hasher)))
            .Run();
    }

    private static void Cut(RollingHash rollingHash, byte[] data, Action<ChunkBatch> emit)
    {
        // Two batches in turn, as a pipeline that keeps up would have them.
        ChunkBatch[] batches = [new(ChunkingParameters.Default), new(ChunkingParameters.Default)];
        var rented = 0;
        var chunker = new Chunker(rollingHash, ChunkingParameters.Default, () => batches[rented++ % 2], emit);
        for (var at = 0; at < data.Length; at += PieceLength)
            chunker.Append(data.AsSpan(at, Math.Min(PieceLength, data.Length - at)));
        chunker.Finish();
    }

    private static void Name(ChunkBatch batch, ChunkHasher hasher)
    {
        foreach (var chunk in batch.Chunks)
            hasher.Hash(batch.Bytes(chunk));
    }
}
