using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Mends what a check found: from other copies by names alone, and, where there is none, as far as what is left allows.
/// docs/design/replication.md, 3.
/// </summary>
/// <param name="repository">Of this machine; a key makes more of it.</param>
/// <param name="sources">Other copies.</param>
/// <param name="check">Looks what is wrong.</param>
/// <param name="sendHere">Has a copy send what is missing here; returns how many files came.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class Repair(
    OpenRepository repository, IReadOnlyList<IObjectSource> sources, Func<CheckRequest, CheckReport> check, Func<IObjectSource, int> sendHere, Action<string> notice, CancellationToken cancellation)
{
    /// <summary>What was fetched may itself miss something: a snapshot its recipes, these their chunks.</summary>
    private const int MaxRounds = 6;

    private const string Config = "config";

    /// <summary>What snapshots rest on comes before them.</summary>
    private static readonly FileKind[] Order = [FileKind.Bundle, FileKind.Index, FileKind.Label, FileKind.Removal, FileKind.Snapshot];

    private readonly IFileStore store = repository.Store;
    private readonly ObjectFetch fetch = new(repository, sources, notice, cancellation);
    private readonly List<string> mended = [];
    private readonly HashSet<string> done = []; // what was mended
    private readonly HashSet<string> missing = []; // what had no file when it was found
    private readonly HashSet<string> lost = []; // what went to quarantine, and no copy has
    private readonly HashSet<string> hopeless = [];

    /// <summary>Mends.</summary>
    /// <param name="request">How far the check goes that comes first.</param>
    /// <returns>As of a check: what is left, and what was mended.</returns>
    public CheckReport Run(CheckRequest request)
    {
        var first = check(request);
        if (first.Problems.Any(problem => problem.What == Config) && MendConfig() is { } how)
            mended.Add(how);
        var (left, now) = (first.Problems.ToDictionary(problem => problem.What), first);
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = mended.Count + lost.Count;
            missing.UnionWith(now.Problems.Where(IsMissing).Select(problem => problem.What));
            FetchMissing(now);
            var problems = now.Problems.Concat(left.Values).DistinctBy(problem => problem.What).OrderBy(problem => Array.IndexOf(Order, KindOf(problem.What))).ToList();
            problems.ForEach(TryFetch);

            // What is saved of one may rest on another that was fetched.
            if (mended.Count + lost.Count == before)
                problems.ForEach(TrySetAside);
            if (mended.Count + lost.Count == before && round > 0)
                break;
            now = check(CheckRequest.Structure);
            foreach (var problem in now.Problems)
                left[problem.What] = problem;
        }

        if (TakeBack())
            now = check(CheckRequest.Structure);
        MendIndex();

        // What only the reading of data found is left until it was mended; what the structure lacks is as it is now; what is lost was lost now.
        var found = now.Problems.Select(problem => problem.What).ToHashSet();
        var open = left.Values.Where(problem => found.Contains(problem.What) || lost.Contains(problem.What) || (!done.Contains(problem.What) && IsOfData(problem))).ToList();
        open = [.. open.Select(problem => lost.Contains(problem.What) ? problem with { Message = $"{problem.Message}; no copy is right, it went to quarantine" } : problem)];
        return first with { Snapshots = now.Snapshots, Bundles = now.Bundles, Problems = new LostMembers(repository, notice, cancellation).In(open), Mended = mended };
    }

    // What no index file tells of any more the bundles themselves tell.
    private void MendIndex()
    {
        if (repository.NeedsKeys)
            return;
        using var session = store.OpenSession();
        using var index = ChunkIndex.Open(store, repository.Keys, session, _ => { });
        index.Flush(session);
        if (index.WrittenBytes > 0)
            mended.Add("what no index file told of was read from the bundles, and is in a new one");
    }

    // A bundle that is there and opens is wrong inside, which the structure does not show.
    private bool IsOfData(CheckProblem problem) => KindOf(problem.What) == FileKind.Bundle && IdOf(problem.What) is { } id && store.Length(FileKind.Bundle, id) is not null;

    // Snapshots that a copy has and nobody removed, with what they need; a round later what they turned out to miss.
    private void FetchMissing(CheckReport now)
    {
        foreach (var source in sources)
        {
            var sent = sendHere(source);
            if (sent > 0)
                mended.Add($"{Sizes.Count(sent, "file")} that {(sent == 1 ? "was" : "were")} missing came from {source.Location}");
        }

        if (repository.NeedsKeys)
            return;
        var chunks = now.Problems.Where(problem => problem.What.StartsWith("chunk ", StringComparison.Ordinal)).ToList();
        foreach (var source in chunks.Count > 0 ? sources : [])
            FetchChunks(source, chunks);
    }

    // No bundle here has them; the index of the copy says which one did.
    private void FetchChunks(IObjectSource source, IEnumerable<CheckProblem> problems)
    {
        using var index = ChunkIndex.Open(new ObjectStore(source), repository.Keys, session: null, notice);
        foreach (var problem in problems)
        {
            if (Convert.FromHexString(problem.What["chunk ".Length..]) is not { Length: ChunkId.Length } bytes)
                continue;
            var id = new ChunkId(bytes);
            if ((index.TryFind(id, ChunkClass.Content, out var place) || index.TryFind(id, ChunkClass.Structure, out place)) && store.Length(FileKind.Bundle, place.Bundle) is null && fetch.Run(FileKind.Bundle, place.Bundle) is { } from)
                mended.Add($"bundle {place.Bundle} came from {from}");
        }
    }

    private void TryFetch(CheckProblem problem)
    {
        if (IsOpen(problem, out var kind, out var id))
        {
            if (store.Length(kind, id) is not null && IsRightOnDisk(kind, id, out var wasWrong))
            {
                if (wasWrong)
                    Done(problem, $"{problem.What} was read wrongly, and is right on the disk");
                else if (missing.Contains(problem.What))
                    done.Add(problem.What); // it came with others
            }
            else if (kind == FileKind.Bundle && store.Length(FileKind.UnusedBundle, id) is not null && FileHash.IsRight(store, FileKind.UnusedBundle, id, cancellation))
            {
                PutCommit.BringBack(store, [id]);
                Done(problem, $"{problem.What} is back from the trash");
            }
            else if (kind != FileKind.RemovedSnapshot && fetch.Run(kind, id) is { } from)
            {
                Done(problem, $"{problem.What} came from {from}");
            }
        }
    }

    private void TrySetAside(CheckProblem problem)
    {
        if (!IsOpen(problem, out var kind, out var id) || store.Length(kind, id) is null || IsRightOnDisk(kind, id, out _))
            return;
        hopeless.Add(problem.What);
        if (SetAside(kind, id) is { } how)
            Done(problem, how);
    }

    // A removed snapshot stays removed: it is not fetched, only set aside.
    private bool IsOpen(CheckProblem problem, out FileKind kind, out ObjectId id)
    {
        cancellation.ThrowIfCancellationRequested();
        (kind, id) = (KindOf(problem.What) ?? default, IdOf(problem.What) ?? default);
        if (kind == FileKind.Snapshot && store.Length(kind, id) is null && store.Length(FileKind.RemovedSnapshot, id) is not null)
            kind = FileKind.RemovedSnapshot;
        return KindOf(problem.What) is not null && id != default && !done.Contains(problem.What) && !hopeless.Contains(problem.What);
    }

    private bool IsMissing(CheckProblem problem) => KindOf(problem.What) is { } kind && IdOf(problem.What) is { } id && store.Length(kind, id) is null;

    private void Done(CheckProblem problem, string how)
    {
        mended.Add(how);
        done.Add(problem.What);
    }

    // Only the second time it comes from the disk for sure.
    private bool IsRightOnDisk(FileKind kind, ObjectId id, out bool wasWrong)
    {
        wasWrong = !FileHash.IsRight(store, kind, id, cancellation);
        if (!wasWrong)
            return true;
        try
        {
            store.Forget(kind, id);
        }
        catch (FileNotFoundException)
        {
            return false; // it has gone meanwhile
        }

        return FileHash.IsRight(store, kind, id, cancellation);
    }

    // There is no right copy: what is sound in it is kept, and puts no longer rest on what is not.
    private string? SetAside(FileKind kind, ObjectId id)
    {
        if (kind == FileKind.Bundle)
        {
            using var session = store.OpenSession();
            if (repository.NeedsKeys || new BundleSalvage(repository, session, notice, cancellation).Run(id) is not var (sound, all))
            {
                notice($"bundle {id} stays where it is: whoever has the full key can save what is sound in it");
                return null;
            }

            return $"bundle {id} went to quarantine: {(all == 0 ? "its list of chunks is damaged" : $"{sound} of its {Sizes.Count(all, "chunk")} are sound and were saved")}";
        }

        store.Quarantine(kind, id);
        if (kind != FileKind.Index || repository.NeedsKeys)
        {
            lost.Add($"{kind.Word()} {id}");
            return null;
        }

        using var writing = store.OpenSession();
        using var index = ChunkIndex.Open(store, repository.Keys, writing, notice);
        index.Flush(writing);
        return $"index file {id} was made anew from the bundles";
    }

    // Without any record nobody knows that it was removed: it would rest for ever.
    private bool TakeBack()
    {
        var taken = repository.NeedsKeys ? [] : new Removals(repository).TakeBackUnrecorded();
        mended.AddRange(taken.Select(id => $"snapshot {id} is back: no record says that it was removed"));
        return taken.Count > 0;
    }

    private string? MendConfig()
    {
        if (!repository.NeedsKeys)
        {
            store.ReplaceConfig(repository.Config.Write());
            return "config was written anew from the key's copy";
        }

        foreach (var source in sources)
        {
            var config = source.ReadConfig();
            if (RepositoryConfig.Read(config).Id != repository.Config.Id)
                continue;
            store.ReplaceConfig(config);
            return $"config came from {source.Location}";
        }

        return null;
    }

    private static FileKind? KindOf(string what) => Order.Where(kind => what.StartsWith($"{kind.Word()} ", StringComparison.Ordinal)).Select(kind => (FileKind?)kind).FirstOrDefault();

    private static ObjectId? IdOf(string what) => ObjectId.TryParse(what.AsSpan(what.LastIndexOf(' ') + 1), out var id) ? id : null;
}
