using StreamBack.Protocol;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A stream that comes in blocks, from requests, for a put that reads it.</summary>
/// <param name="patience">How long the next block may take.</param>
/// <remarks>Threading: one thread reads, one at a time adds. Whoever is slower makes the other one wait.</remarks>
internal sealed class QueuedSource(TimeSpan patience) : IStreamSource, IDisposable
{
    /// <summary>Blocks of a mebibyte between the network and the scan: neither waits for the other's hiccups.</summary>
    private const int BlocksInFlight = 2;

    private readonly BoundedBuffer<SharedBytes> blocks = new(BlocksInFlight);
    private SharedBytes? current;
    private int used;
    private (string? Sha256, long Length)? expected;

    /// <summary>Hands over a block; released when it is read.</summary>
    /// <exception cref="OperationCanceledException">The reader has given up.</exception>
    public void Add(SharedBytes block) => blocks.Add(block);

    /// <summary>Ends the stream.</summary>
    /// <param name="sha256">What it must hash to, 64 hex digits; null if it was compared already.</param>
    /// <param name="length">How many bytes it must have.</param>
    public void Complete(string? sha256, long length)
    {
        expected = (sha256, length);
        blocks.Complete();
    }

    /// <summary>Ends it without an end: whoever reads or adds fails.</summary>
    public void GiveUp() => blocks.Abort();

    /// <summary>The stream is not what its sender says.</summary>
    public static RepositoryException Wrong(long wantedLength, string? wantedHash, long length, string hash) =>
        new(ErrorCode.Usage, $"The stream is said to have {wantedLength} bytes that hash to {wantedHash ?? hash}, and has {length} that hash to {hash}");

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        while (current is null)
        {
            if (!TryNext())
                return 0;
        }

        var count = Math.Min(buffer.Length, current.Length - used);
        current.Span.Slice(used, count).CopyTo(buffer);
        used += count;
        if (used == current.Length)
        {
            current.Release();
            current = null;
        }

        return count;
    }

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        // The commit says so: without one, Read fails.
    }

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length)
    {
        if (expected is var (wantedHash, wantedLength) && ((wantedHash ?? sha256) != sha256 || wantedLength != length))
            throw Wrong(wantedLength, wantedHash, length, sha256);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        current?.Release();
        foreach (var block in blocks.Clear())
            block.Release();
    }

    private bool TryNext()
    {
        try
        {
            if (blocks.TryTake(out current, patience))
            {
                used = 0;
                if (current.Length > 0)
                    return true;
                current.Release();
                current = null;
                return true;
            }
        }
        catch (OperationCanceledException error)
        {
            throw new RepositoryException(ErrorCode.Incomplete, "The put was given up; nothing was kept", error);
        }

        return blocks.IsCompleted ? false : throw new RepositoryException(ErrorCode.Incomplete, $"No byte came for {patience.TotalMinutes:0} minutes; nothing was kept");
    }
}
