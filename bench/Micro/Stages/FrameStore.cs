using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;

namespace StreamBack.Micro.Stages;

/// <summary>Chunks in memory: each once, in frames that are compressed, sealed and hashed as those of bundles are.</summary>
internal sealed class FrameStore(RepositoryKeys keys) : IDisposable
{
    private readonly Dictionary<ChunkId, int> places = [];
    private readonly List<(byte[] Sealed, int PlainLength)> frames = [];
    private readonly (OpenFrame Frame, int Number)?[] open = new (OpenFrame, int)?[Enum.GetValues<Lane>().Length];
    private readonly SealingKey key = keys.FileKey(new byte[FileHead.Size]);
    private readonly IncrementalHash bundles = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] plain = new byte[OpenFrame.TargetLength];

    /// <summary>Stores a chunk unless it is there.</summary>
    /// <returns>The number of its frame.</returns>
    public int Keep(Lane lane, ChunkId id, ReadOnlySpan<byte> chunk)
    {
        if (places.TryGetValue(id, out var known))
            return known;
        if (open[(int)lane] is { } full && !full.Frame.HasRoom(chunk.Length))
            Seal(lane);
        var (frame, number) = open[(int)lane] ??= Begin(chunk.Length);
        frame.AddPlain(id, chunk, default);
        places.Add(id, number);
        return number;
    }

    /// <summary>Seals the frames that are still open.</summary>
    public void Flush()
    {
        foreach (var lane in Enum.GetValues<Lane>())
            Seal(lane);
    }

    /// <summary>Opens a sealed frame; its bytes are valid until the next is opened.</summary>
    public ReadOnlySpan<byte> Open(int number)
    {
        var (bytes, length) = frames[number];
        if (length > plain.Length)
            plain = new byte[length];
        var packed = bytes.AsSpan(0, bytes.Length - SealingKey.TagSize);

        // Not in place: the frame may be wanted again.
        var opened = new byte[packed.Length];
        if (!key.TryOpen(SealedKind.ContentFrame, (ulong)number, bytes, opened))
            throw new InvalidDataException($"Frame {number} does not open");
        new FramePayload(opened, opened.Length, length, $"frame {number}").Unpack(plain.AsSpan(0, length));
        return plain.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bundles.Dispose();
        key.Dispose();
    }

    private (OpenFrame Frame, int Number) Begin(int firstLength)
    {
        frames.Add(default);
        return (new OpenFrame(firstLength), frames.Count - 1);
    }

    private void Seal(Lane lane)
    {
        if (open[(int)lane] is not var (frame, number))
            return;
        open[(int)lane] = null;
        using (frame)
        {
            using var packed = PackedFrame.Pack(frame.Bytes, frame.Entries, RepositoryConfig.DefaultCompression);
            var bytes = packed.Seal(key, SealedKind.ContentFrame, (ulong)number);
            bundles.AppendData(bytes);
            frames[number] = (bytes.ToArray(), frame.Length);
        }
    }
}
