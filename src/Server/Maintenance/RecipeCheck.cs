using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Walks recipes and looks for chunks that cannot be had. A node that was found whole once is not walked again, so many
/// snapshots of the same data cost little more than one.
/// </summary>
/// <remarks>Threading: one thread. Memory: an id for each node of all snapshots, about 1 for 20 MiB of stream.</remarks>
internal sealed class RecipeCheck(ChunkIndex index, ChunkReader chunks, Damage damage)
{
    private readonly HashSet<(ChunkId Node, int Level)> whole = [];

    /// <summary>Gets the bundles in which something is found; null if nobody wants to know.</summary>
    public ISet<ObjectId>? Bundles { get; init; }

    /// <summary>Checks a snapshot's stored streams.</summary>
    /// <param name="snapshot">Its name, to be noted with each problem that touches it.</param>
    public void Check(IEnumerable<RecipeRoot> streams, string snapshot)
    {
        foreach (var root in streams)
        {
            RecipeReader.CheckLevel(root);
            Walk(root.Node, root.Level, snapshot);
        }
    }

    private bool Walk(byte[] node, int level, string snapshot)
    {
        RecipeReader.CheckNode(node, level);
        var sound = true;
        for (var at = 0; at < node.Length; at += RecipeNode.EntrySize(level))
        {
            var id = new ChunkId(node.AsSpan(at));
            if (level == 0)
                sound &= Has(id, ChunkClass.Content, snapshot);
            else if (!whole.Contains((id, level)))
                sound &= WalkBelow(id, level, snapshot);
        }

        return sound;
    }

    private bool WalkBelow(ChunkId id, int level, string snapshot)
    {
        if (!Has(id, ChunkClass.Structure, snapshot) || TryRead(id, snapshot) is not { } node)
            return false;
        try
        {
            var sound = Walk(node, level - 1, snapshot);
            if (sound)
                whole.Add((id, level));
            return sound;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            damage.Touch(damage.Add($"chunk {id}", error.Message), snapshot);
            return false;
        }
    }

    private byte[]? TryRead(ChunkId id, string snapshot)
    {
        try
        {
            return RecipeReader.ReadNode(id, chunks);
        }
        catch (Exception error) when (Culprit.IsDamage(error) && index.TryFind(id, ChunkClass.Structure, out var place))
        {
            damage.Touch(damage.Add($"bundle {Culprit.Of(place, chunks)}", Culprit.Describe(place.Bundle, error)), snapshot);
            return null;
        }
    }

    private bool Has(ChunkId id, ChunkClass chunkClass, string snapshot)
    {
        int problem;
        if (index.TryFind(id, chunkClass, out var place))
        {
            Note(place);

            // Who reads it comes to the others, too.
            if (!damage.Any || IsSound(id, place) || index.Places(id, chunkClass).Any(other => IsSound(id, other)))
                return true;
            problem = ProblemOf(id, place);
        }
        else
        {
            problem = Explain(id);
        }

        damage.Touch(problem, snapshot);
        return false;
    }

    private bool IsSound(ChunkId id, ChunkPlace place) => damage.ProblemOf(id, place.Bundle) is null
        && (place.Base is not { } baseId || PlainPlaces(baseId, place.Class).Any(other => damage.ProblemOf(baseId, other.Bundle) is null));

    private int ProblemOf(ChunkId id, ChunkPlace place) => damage.ProblemOf(id, place.Bundle)
        ?? (place.Base is { } baseId ? PlainPlaces(baseId, place.Class).Select(other => damage.ProblemOf(baseId, other.Bundle)).FirstOrDefault() ?? ExplainPlain(baseId) : NoBundle(id));

    private IEnumerable<ChunkPlace> PlainPlaces(ChunkId id, ChunkClass chunkClass) => index.Places(id, chunkClass).Where(place => place.Base is null);

    private void Note(ChunkPlace place)
    {
        Bundles?.Add(place.Bundle);
        if (Bundles is not null && place.Base is { } baseId && index.TryFindPlain(baseId, place.Class, out var basePlace))
            Bundles.Add(basePlace.Bundle);
    }

    // The index may still know in which bundle it was, or that only its base is missing.
    private int Explain(ChunkId id) =>
        Missing(index.FindAll(id)) ?? (index.FindAll(id).Select(place => place.Base).FirstOrDefault(other => other is not null) is { } baseId ? ExplainPlain(baseId) : NoBundle(id));

    private int ExplainPlain(ChunkId id) => Missing(index.FindAll(id).Where(place => place.Base is null)) ?? NoBundle(id);

    private int? Missing(IEnumerable<ChunkPlace> places) => places.Where(place => !index.Bundles.Contains(place.Bundle))
        .Select(place => (int?)damage.Add($"bundle {place.Bundle}", $"bundle {place.Bundle}: is missing")).FirstOrDefault();

    private int NoBundle(ChunkId id) => damage.Add($"chunk {id}", $"chunk {id}: no bundle that is there has it");
}
