using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Sessions;

/// <summary>
/// The newest snapshot of the same name, walked along with the stream: bundles of what it has at about the same place come near, since
/// there is what a changed chunk is like. All of it at once would take memory that grows with the stream.
/// </summary>
/// <param name="newest">The snapshot, or null; asked when something new comes.</param>
/// <param name="near">Told of its chunks; not the cache that follows the stream.</param>
/// <param name="frames">Opens its recipes.</param>
/// <param name="reach">Bytes of each stored stream that are brought near ahead of the new one.</param>
/// <param name="notice">Told of damage: a line each.</param>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class LastSnapshot(Func<Manifest?> newest, LocalityCache near, FrameCache frames, long reach, Action<string> notice)
{
    /// <summary>By <see cref="Lane"/>.</summary>
    private static readonly string[] Streams = [StreamNames.Payload, StreamNames.Header, StreamNames.Layout, StreamNames.Catalog];

    private readonly ChunkReader reader = new(near, frames);
    private readonly IEnumerator<(ChunkId Id, int Skip)>?[] walks = new IEnumerator<(ChunkId, int)>?[Streams.Length];
    private readonly long[] reached = new long[Streams.Length];
    private RecipeRoot?[]? recipes;

    /// <summary>Brings near what lies around a place.</summary>
    /// <param name="lane">In which stored stream.</param>
    /// <param name="position">Bytes from its start; never less than before.</param>
    public void BringNear(Lane lane, long position)
    {
        var number = (int)lane;
        recipes ??= Recipes();
        if (recipes[number] is not { } recipe || position - reach >= recipe.Length)
            return;
        try
        {
            // Where nothing new came for long, what was passed over need not come near any more.
            if (walks[number] is not { } walk || position - reach > reached[number])
            {
                reached[number] = Math.Max(0, position - reach);
                walk = walks[number] = RecipeReader.Chunks(recipe, reader, reached[number]).GetEnumerator();
            }

            while (reached[number] < position + reach && walk.MoveNext())
                reached[number] += near.BringNear(walk.Current.Id) - walk.Current.Skip;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            // An earlier snapshot that is damaged is no reason to refuse a new one; fewer similar chunks are found.
            notice(error.Message);
            recipes[number] = null;
        }
    }

    private RecipeRoot?[] Recipes()
    {
        var streams = newest()?.Structure.Streams;
        return [.. Streams.Select(name => streams?.GetValueOrDefault(name))];
    }
}
