using System.Diagnostics;
using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Tar;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;

namespace StreamBack.Micro.Stages;

/// <summary>What a put leaves behind for a get.</summary>
/// <param name="Length">Bytes of the stream.</param>
/// <param name="UniqueLength">Bytes of its chunks, each counted once.</param>
/// <param name="Frames">Frames that hold them, each once, in the order of first need.</param>
internal sealed record PutResult(long Length, long UniqueLength, IReadOnlyList<int> Frames);

/// <summary>The stages of a put.</summary>
internal static class Put
{
    /// <summary>Bytes read at once, as the product does.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Puts what a command writes.</summary>
    public static PutResult Run(FrameStore frames, RepositoryKeys keys, string command, params string[] arguments)
    {
        using var source = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true })!;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var names = new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Content, domain: 1));
        var needed = new List<int>();
        var (seenFrames, seenChunks, unique) = (new HashSet<int>(), new HashSet<ChunkId>(), 0L);
        var idle = new Stack<ChunkBatch>();
        using var splitter = new StreamSplitter(
            new RollingHash(keys.GearTable()),
            ChunkingParameters.Default,
            () => idle.TryPop(out var batch) ? batch : new ChunkBatch(ChunkingParameters.Default),
            Deduplicate,
            () => new SealedSpill());
        var scanner = new TarScanner(splitter);
        var (block, length) = (new byte[BlockLength], 0L);
        while (source.StandardOutput.BaseStream.Read(block) is > 0 and var read)
        {
            hash.AppendData(block, 0, read);
            scanner.Scan(block.AsSpan(0, read));
            length += read;
        }

        splitter.Finish(scanner.Finish().Kind == TarKind.Tar);
        hash.GetHashAndReset();
        frames.Flush();
        source.WaitForExit();
        return new PutResult(length, unique, needed);

        void Deduplicate(Lane lane, ChunkBatch batch)
        {
            foreach (var chunk in batch.Chunks)
            {
                var id = names.Hash(batch.Bytes(chunk));
                var frame = frames.Keep(lane, id, batch.Bytes(chunk));
                unique += seenChunks.Add(id) ? chunk.Length : 0;
                if (seenFrames.Add(frame))
                    needed.Add(frame);
            }

            idle.Push(batch);
        }
    }
}
