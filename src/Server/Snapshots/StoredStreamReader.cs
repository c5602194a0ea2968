using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// Gives a stored stream's bytes in order, and has the frames of the next chunks opened meanwhile. Memory: what is read
/// ahead, and the frame cache.
/// </summary>
/// <remarks>Threading: one thread at a time. Holds the chunks read ahead until disposed.</remarks>
internal sealed class StoredStreamReader : IStoredStream
{
    /// <summary>Chunks read ahead at the most, so that scattered ones do not each hold a frame.</summary>
    private const int MaxChunksAhead = 128;

    private readonly ChunkReader chunks;
    private readonly IEnumerator<(ChunkId Id, int Skip)> recipe;
    private readonly Queue<(Task<ChunkBytes> Reading, ChunkId Id, int Length, int Skip)> ahead = new();
    private readonly ChunkHasher? verifier;
    private readonly int maxBytesAhead;
    private readonly long end;
    private ChunkBytes current;
    private ChunkId id;
    private int used;
    private int bytesAhead;
    private bool recipeEnded;

    /// <param name="root">The stream's recipe.</param>
    /// <param name="chunks">Reads chunks.</param>
    /// <param name="offset">First byte wanted, 0 to the stream's length.</param>
    /// <param name="maxBytesAhead">Bytes of chunks to read ahead.</param>
    /// <param name="verifier">Compares every chunk with its id; null where the whole stream's hash is compared anyway.</param>
    public StoredStreamReader(RecipeRoot root, ChunkReader chunks, long offset, int maxBytesAhead, ChunkHasher? verifier)
    {
        this.chunks = chunks;
        this.verifier = verifier;
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
        while (current.Holder is null || used == current.Length)
        {
            if (!Next())
                return Position == end ? default : throw new RepositoryException(ErrorCode.Corrupt, $"a stored stream ends at {Position} of {end} bytes");
        }

        return new StoredPiece(id, current, null, used, current.Length - used);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        used += count;
        Position += count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        current.Holder?.Release();
        current = default;
        recipe.Dispose();
        while (ahead.TryDequeue(out var next))
        {
            next.Reading.ContinueWith(
                reading =>
                {
                    if (reading.IsCompletedSuccessfully)
                        reading.Result.Holder.Release();
                    else
                        _ = reading.Exception;
                },
                TaskContinuationOptions.ExecuteSynchronously);
        }
    }

    private bool Next()
    {
        current.Holder?.Release();
        current = default;
        ReadAhead();
        if (!ahead.TryDequeue(out var next))
            return false;
        bytesAhead -= next.Length;
        current = next.Reading.GetAwaiter().GetResult();
        (id, used) = (next.Id, next.Skip);
        if (current.Length != next.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"a chunk has {current.Length} bytes, the index says {next.Length}");
        if (verifier is not null && verifier.Hash(current.Span) != next.Id)
            throw new RepositoryException(ErrorCode.Corrupt, $"chunk {next.Id}: its bytes hash to something else");
        return true;
    }

    private void ReadAhead()
    {
        while (!recipeEnded && (ahead.Count == 0 || (bytesAhead < maxBytesAhead && ahead.Count < MaxChunksAhead)))
        {
            if (!recipe.MoveNext())
            {
                recipeEnded = true;
                return;
            }

            var place = chunks.Find(recipe.Current.Id, ChunkClass.Content);
            ahead.Enqueue((chunks.ReadAsync(place), recipe.Current.Id, place.ChunkLength, recipe.Current.Skip));
            bytesAhead += place.ChunkLength;
        }
    }
}
