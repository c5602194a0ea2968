using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Tests.Sessions.Remote;

/// <summary>What a client has of one batch.</summary>
internal sealed record CutBatch(Lane Lane, int[] Lengths, byte[] Hashes, byte[][] Chunks, ChunkBatch Cut);

/// <summary>A stream as a client cuts it, and a client that sends it to a <see cref="ChunkSession"/>.</summary>
internal sealed class Cutter
{
    private readonly byte[] stream;
    private readonly TarVerdict verdict;

    public Cutter(byte[] stream)
    {
        this.stream = stream;
        using var splitter = new StreamSplitter(
            new RollingHash(TestKeys.Full.GearTable()), TestRepository.Config.Chunking, () => new ChunkBatch(TestRepository.Config.Chunking), Add, () => new SealedSpill());
        var scanner = new TarScanner(splitter);
        scanner.Scan(stream);
        verdict = scanner.Finish();
        splitter.Finish(verdict.Kind == TarKind.Tar);
    }

    public List<CutBatch> Batches { get; } = [];

    public int Chunks => Batches.Sum(batch => batch.Lengths.Length);

    public int DistinctChunks => Batches.SelectMany(batch => batch.Hashes.Chunk(32)).Select(Convert.ToHexString).Distinct().Count();

    public PutEnd End => new(
        stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)), verdict.Kind == TarKind.Tar, verdict.Members, verdict.RawFrom, [], null);

    /// <summary>Asks for batches, one at a time, and sends what is missing.</summary>
    /// <param name="sampled">With the samples that were found when it was cut.</param>
    /// <returns>How many chunks were missing.</returns>
    public int Send(ChunkSession session, int from = 0, int? to = null, bool sampled = false)
    {
        var sent = 0;
        foreach (var batch in Batches[from..(to ?? Batches.Count)])
        {
            var missing = Ask(session, batch);
            if (missing.Count > 0)
            {
                var bytes = missing.SelectMany(number => batch.Chunks[number]);
                session.Supply(sampled
                    ? Received([.. SampledChunks.WriteHead(batch.Cut, [.. missing]), .. bytes], RecordKind.SampledChunks)
                    : Received([.. bytes]));
            }

            sent += missing.Count;
        }

        return sent;
    }

    /// <summary>Asks for a batch.</summary>
    /// <returns>Numbers of the chunks that are missing.</returns>
    public static List<int> Ask(ChunkSession session, CutBatch batch)
    {
        var missing = new List<int>();
        var number = 0;
        session.Ask(batch.Lane, batch.Lengths, batch.Hashes, isMissing =>
        {
            if (isMissing)
                missing.Add(number);
            number++;
        });
        return missing;
    }

    /// <summary>Bytes as they come from the wire.</summary>
    public static ReceivedChunks Received(byte[] bytes, RecordKind kind = RecordKind.Chunks)
    {
        var buffer = BlockPool.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new ReceivedChunks(kind, buffer, bytes.Length);
    }

    private void Add(Lane lane, ChunkBatch batch)
    {
        var chunks = batch.Chunks.ToArray().Select(chunk => batch.Bytes(chunk).ToArray()).ToArray();
        Batches.Add(new CutBatch(lane, [.. chunks.Select(chunk => chunk.Length)], [.. chunks.SelectMany(SHA256.HashData)], chunks, batch));
    }
}
