using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Maintenance;

/// <summary>What a check found wrong so far, and which chunks cannot be had because of it.</summary>
internal sealed class Damage
{
    private static ObjectId Anywhere => default; // no bundle has this name

    private readonly List<(string What, string Message, HashSet<string> Snapshots)> problems = [];
    private readonly Dictionary<string, int> places = [];
    private readonly Dictionary<(ChunkId Chunk, ObjectId Bundle), int> chunks = [];

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => problems.Count > 0;

    /// <summary>Notes that something is wrong with an object; its first problem is the one that is told.</summary>
    /// <returns>The problem's number.</returns>
    public int Add(string what, string message)
    {
        if (places.TryGetValue(what, out var known))
            return known;
        problems.Add((what, message, []));
        return places[what] = problems.Count - 1;
    }

    /// <summary>Notes that a chunk cannot be had from a bundle because of a problem.</summary>
    public void Lose(ChunkId chunk, ObjectId bundle, int problem) => chunks.TryAdd((chunk, bundle), problem);

    /// <summary>Notes that a chunk opens to something else, which who reads it may not notice in time to look elsewhere: it cannot be had from any bundle.</summary>
    public void LoseEverywhere(ChunkId chunk, int problem) => Lose(chunk, Anywhere, problem);

    /// <summary>The problem because of which a chunk cannot be had from a bundle, or null.</summary>
    public int? ProblemOf(ChunkId chunk, ObjectId bundle) =>
        chunks.TryGetValue((chunk, bundle), out var problem) || chunks.TryGetValue((chunk, Anywhere), out problem) ? problem : null;

    /// <summary>Notes that a snapshot is touched by a problem.</summary>
    public void Touch(int problem, string snapshot) => problems[problem].Snapshots.Add(snapshot);

    /// <summary>All problems, in the order in which they were found.</summary>
    public IReadOnlyList<CheckProblem> Report() =>
        [.. problems.Select(problem => new CheckProblem(problem.What, problem.Message, [.. problem.Snapshots.Order(StringComparer.Ordinal)]))];
}
