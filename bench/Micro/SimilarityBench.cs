using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Micro;

/// <summary>What looking for a similar chunk costs, beside copying the chunk.</summary>
internal static class SimilarityBench
{
    /// <summary>Chunks in the table: as many as it remembers.</summary>
    private const int Chunks = SimilarityIndex.ContentChunks;

    private const int ChunkLength = 64 << 10;

    /// <summary>Measures.</summary>
    public static void Run(byte[] data)
    {
        var scanner = new SampleScanner(new RollingHash(Samples.Random(RollingHash.SecretLength)));
        var samples = new Sample[SampleScanner.MaxSamples(ChunkLength)];
        var count = scanner.Scan(data.AsSpan(0, ChunkLength), 0, ChunkLength, samples);
        var extractor = new SuperFeatureExtractor(Samples.Random(SuperFeatureExtractor.SecretLength));
        var (known, strange) = (Features(1), Features(2));
        var index = new SimilarityIndex(ChunkClass.Content, Chunks);
        for (var chunk = 0; chunk < Chunks; chunk++)
            index.Add(Id(chunk), known[chunk]);

        var copy = new byte[ChunkLength];
        new Contest($"a chunk of 64 KiB with {count} samples", "chunks/s")
            .Add("memory copy", 1, () => data.AsSpan(0, ChunkLength).CopyTo(copy))
            .Add("SampleScanner", 1, () => scanner.Scan(data.AsSpan(0, ChunkLength), 0, ChunkLength, samples))
            .Add("SuperFeatureExtractor", 1, () => extractor.Extract(samples.AsSpan(0, count)))
            .Add("SimilarityIndex.Find, a similar one is there", Chunks, () => Find(index, known))
            .Add("SimilarityIndex.Find, none is there", Chunks, () => Find(index, strange))
            .Add("SimilarityIndex.Add, full table", Chunks, () => AddAll(index, known))
            .Run();
    }

    private static void Find(SimilarityIndex index, SuperFeatures[] features)
    {
        foreach (var wanted in features)
            index.Find(wanted);
    }

    private static void AddAll(SimilarityIndex index, SuperFeatures[] features)
    {
        for (var chunk = 0; chunk < features.Length; chunk++)
            index.Add(Id(chunk), features[chunk]);
    }

    private static ChunkId Id(int chunk) => new((ulong)chunk, 0, 0, 0);

    private static SuperFeatures[] Features(int seed)
    {
        var random = new Random(seed);
        var features = new SuperFeatures[Chunks];
        foreach (ref var chunk in features.AsSpan())
            chunk = new SuperFeatures(Next(), Next(), Next(), Next());
        return features;

        uint Next() => (uint)random.NextInt64(1, 1L << 32);
    }
}
