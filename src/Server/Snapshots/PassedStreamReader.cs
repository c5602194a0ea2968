using System.Runtime.InteropServices;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Gives a stored stream's bytes in order, by naming the frames in which they are where these may be passed on, and opening chunks
/// where not. It looks some way ahead, to know how much of each frame is wanted.
/// </summary>
/// <remarks>Threading: one thread at a time. Holds the chunks read ahead until disposed.</remarks>
internal sealed class PassedStreamReader : IStoredStream
{
    /// <summary>Bytes looked ahead: a frame of 1 MiB, and what else is woven in between.</summary>
    private const int WindowLength = 8 << 20;

    /// <summary>Chunks looked ahead: the least members of a tar are some 8 KiB.</summary>
    private const int WindowChunks = 1024;

    /// <summary>Chunks read ahead at the most, so that scattered ones do not each hold a frame.</summary>
    private const int MaxChunksAhead = 128;

    private readonly ChunkReader chunks;
    private readonly FramePassing passing;
    private readonly IEnumerator<(ChunkId Id, int Skip)> recipe;
    private readonly Queue<Wanted> window = new();
    private readonly Dictionary<(ObjectId Bundle, int Frame), (WantedFrame Wanted, PassedFrame? Passed, bool Decided)> frames = [];
    private readonly Queue<Ready> ahead = new();
    private readonly int maxBytesAhead;
    private readonly long end;
    private StoredPiece current;
    private long windowBytes;
    private int bytesAhead;
    private bool recipeEnded;

    /// <param name="root">The stream's recipe.</param>
    /// <param name="chunks">Reads chunks.</param>
    /// <param name="offset">First byte wanted, 0 to the stream's length.</param>
    /// <param name="maxBytesAhead">Bytes of chunks to read ahead.</param>
    /// <param name="passing">Decides.</param>
    public PassedStreamReader(RecipeRoot root, ChunkReader chunks, long offset, int maxBytesAhead, FramePassing passing)
    {
        this.chunks = chunks;
        this.passing = passing;
        this.maxBytesAhead = maxBytesAhead;
        recipe = RecipeReader.Chunks(root, chunks, offset).GetEnumerator();
        end = root.Length;
        Position = offset;
    }

    /// <inheritdoc/>
    public long Position { get; private set; }

    /// <inheritdoc/>
    public StoredPiece Peek()
    {
        while (current.Length == 0)
        {
            if (!Next())
                return Position == end ? default : throw new RepositoryException(ErrorCode.Corrupt, $"a stored stream ends at {Position} of {end} bytes");
        }

        return current;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        current = current with { Offset = current.Offset + count, Length = current.Length - count };
        Position += count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        current.Chunk.Holder?.Release();
        current = default;
        recipe.Dispose();
        while (ahead.TryDequeue(out var next))
            next.Opening?.ContinueWith(Forget, TaskContinuationOptions.ExecuteSynchronously);
    }

    private static void Forget(Task<ChunkBytes> opening)
    {
        if (opening.IsCompletedSuccessfully)
            opening.Result.Holder.Release();
        else
            _ = opening.Exception;
    }

    private bool Next()
    {
        current.Chunk.Holder?.Release();
        current = default;
        while (Look() && (ahead.Count == 0 || (bytesAhead < maxBytesAhead && ahead.Count < MaxChunksAhead)))
            Decide(window.Dequeue());
        if (!ahead.TryDequeue(out var next))
            return false;
        bytesAhead -= next.Length;
        var chunk = next.Opening?.GetAwaiter().GetResult() ?? default;
        current = new StoredPiece(next.Id, chunk, next.Frame, next.Offset + next.Skip, next.Length - next.Skip);
        if (next.Frame is null && chunk.Length != next.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"a chunk has {chunk.Length} bytes, the index says {next.Length}");
        return true;
    }

    // Whether anything is left.
    private bool Look()
    {
        while (!recipeEnded && windowBytes < WindowLength && window.Count < WindowChunks)
        {
            recipeEnded = !recipe.MoveNext();
            if (recipeEnded)
                break;
            var (id, skip) = recipe.Current;
            var place = chunks.Find(id, ChunkClass.Content);
            window.Enqueue(Want(id, place, skip));
            windowBytes += place.ChunkLength;
        }

        return window.Count > 0;
    }

    private Wanted Want(ChunkId id, ChunkPlace place, int skip)
    {
        if (place.Base is not null)
            return new Wanted(id, place, skip, -1, 0);
        var bundle = passing.Bundle(place.Bundle);
        if (place.Entry >= bundle.Footer.Count)
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: has {bundle.Footer.Count} entries, the index names number {place.Entry}");
        var entry = bundle.Footer.Place(place.Entry);
        if (entry.Entry.Id != id || entry.Entry.Base is not null || entry.Entry.StoredLength != place.ChunkLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} is not what the index says");
        ref var frame = ref CollectionsMarshal.GetValueRefOrAddDefault(frames, (place.Bundle, entry.Frame), out _);
        (frame.Wanted ??= new WantedFrame(bundle, entry.Frame)).Add(place.Entry, entry.Entry.StoredLength);
        return new Wanted(id, place, skip, entry.Frame, entry.Offset);
    }

    private void Decide(Wanted next)
    {
        windowBytes -= next.Place.ChunkLength;
        bytesAhead += next.Place.ChunkLength;
        ahead.Enqueue(Passed(next) is { } frame
            ? new Ready(next.Id, null, frame, next.Offset, next.Place.ChunkLength, next.Skip)
            : new Ready(next.Id, chunks.ReadAsync(next.Place), null, 0, next.Place.ChunkLength, next.Skip));
    }

    private PassedFrame? Passed(Wanted next)
    {
        if (next.Frame < 0)
            return null;
        var key = (next.Place.Bundle, next.Frame);
        ref var frame = ref CollectionsMarshal.GetValueRefOrNullRef(frames, key);
        if (!frame.Decided)
            (frame.Passed, frame.Decided) = (passing.Decide(frame.Wanted), true);
        var passed = frame.Passed;
        if (--frame.Wanted.Pieces == 0)
            frames.Remove(key);
        return passed;
    }

    /// <param name="Id">The chunk.</param>
    /// <param name="Place">Where it is.</param>
    /// <param name="Skip">Of its bytes, how many are not wanted.</param>
    /// <param name="Frame">Number of its frame; -1 for a delta.</param>
    /// <param name="Offset">Where it begins in the opened frame.</param>
    private readonly record struct Wanted(ChunkId Id, ChunkPlace Place, int Skip, int Frame, int Offset);

    private readonly record struct Ready(ChunkId Id, Task<ChunkBytes>? Opening, PassedFrame? Frame, int Offset, int Length, int Skip);
}
