using System.Runtime.ExceptionServices;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Gives a stored stream's bytes in order, and has the frames of the next chunks read meanwhile. Memory: what is read
/// ahead, and the frame cache.
/// </summary>
/// <remarks>Threading: one thread at a time. Holds the chunks read ahead until disposed.</remarks>
internal sealed class StoredStreamReader : IDisposable
{
    /// <summary>Chunks read ahead at the most, so that scattered ones do not each hold a frame.</summary>
    private const int MaxChunksAhead = 128;

    private readonly IEnumerator<ChunkInLine> line;
    private readonly Queue<ChunkInLine> ahead = new();
    private readonly ChunkReader chunks;
    private readonly ChunkHasher? verifier;
    private readonly long end;
    private StoredPiece current;
    private int bytesAhead;
    private bool lineEnded;
    private ExceptionDispatchInfo? failure; // of what comes after all that is ahead

    /// <param name="root">The stream's recipe.</param>
    /// <param name="chunks">Reads chunks.</param>
    /// <param name="offset">First byte wanted, 0 to the stream's length.</param>
    /// <param name="maxBytesAhead">Bytes of chunks to read ahead.</param>
    /// <param name="verifier">Compares every opened chunk with its id; null where the whole stream's hash is compared anyway.</param>
    /// <param name="passing">Says which frames are given as they are; null if every chunk is opened.</param>
    public StoredStreamReader(RecipeRoot root, ChunkReader chunks, long offset, int maxBytesAhead, ChunkHasher? verifier, FramePassing? passing = null)
    {
        this.chunks = chunks;
        this.verifier = verifier;
        MaxBytesAhead = maxBytesAhead;
        var recipe = RecipeReader.Chunks(root, chunks, offset);
        line = (passing is null ? ChunkInLine.Opened(recipe, chunks) : new FrameWindow(recipe, chunks, passing).Chunks()).GetEnumerator();
        end = root.Length;
        Position = offset;
    }

    /// <summary>Bytes of chunks to read ahead, from now on.</summary>
    public int MaxBytesAhead { get; set; }

    /// <summary>Where the next byte is in the stream.</summary>
    public long Position { get; private set; }

    /// <summary>The next bytes, as many as are at hand; none only at the end.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    public StoredPiece Peek()
    {
        while (current.Length == 0)
        {
            if (!Next())
                return Position == end ? default : throw new RepositoryException(ErrorCode.Corrupt, $"a stored stream ends at {Position} of {end} bytes");
        }

        return current;
    }

    /// <summary>Goes on behind bytes that <see cref="Peek"/> gave.</summary>
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
        line.Dispose();
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
        ReadAhead();
        if (!ahead.TryDequeue(out var next))
        {
            failure?.Throw();
            return false;
        }

        bytesAhead -= next.Length;

        // What is in a damaged frame may be in another bundle as well.
        if (next.Frame?.IsSound() == false)
            next = ChunkInLine.Opened(next.Id, chunks.Find(next.Id, ChunkClass.Content), next.Skip, chunks);
        var chunk = next.Opening?.GetAwaiter().GetResult() ?? default;
        current = new StoredPiece(next.Id, chunk, next.Frame, next.Offset + next.Skip, next.Length - next.Skip);
        if (next.Frame is not null)
            return true;
        if (chunk.Length != next.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"a chunk has {chunk.Length} bytes, the index says {next.Length}");
        if (verifier is not null && verifier.Hash(chunk.Span) != next.Id)
            throw new RepositoryException(ErrorCode.Corrupt, $"chunk {next.Id}: its bytes hash to something else");
        return true;
    }

    private void ReadAhead()
    {
        while (!lineEnded && (ahead.Count == 0 || (bytesAhead < MaxBytesAhead && ahead.Count < MaxChunksAhead)))
        {
            lineEnded = !TryMove();
            if (lineEnded)
                return;
            ahead.Enqueue(line.Current);
            bytesAhead += line.Current.Length;
        }
    }

    // What cannot be found is told when its turn comes: all that is before it can be given.
    private bool TryMove()
    {
        try
        {
            return line.MoveNext();
        }
        catch (Exception error) when (error is RepositoryException or IOException)
        {
            failure = ExceptionDispatchInfo.Capture(error);
            return false;
        }
    }
}
