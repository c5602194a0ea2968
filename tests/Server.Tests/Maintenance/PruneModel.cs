namespace StreamBack.Server.Tests.Maintenance;

/// <summary>
/// The steps of put, get, remove, undelete and prune as docs/design/removal.md orders them, over a few chunks and bundles, to be explored
/// in every order, with every process dying anywhere. Sets are bits: of chunks, of bundles, of sessions.
/// </summary>
internal sealed class PruneModel
{
    public const int A = 1, B = 2;

    /// <summary>Bundles that can be made.</summary>
    private const int Bundles = 6;

    private enum Where
    {
        Nowhere,
        There,
        Trash,
        Deleted,
    }

    private enum Root
    {
        None,
        Listed,
        Removed,
        GivenUp,
    }

    /// <summary>A process: what it is, how far it is, and what it has seen.</summary>
    /// <param name="Kind">p put, g get, r remove, u undelete, q prune.</param>
    /// <param name="Step">0 before its beginning, -1 once it has ended.</param>
    /// <param name="Target">The manifest that it is about.</param>
    /// <param name="Needs">Chunks of a put's stream.</param>
    /// <param name="Seen">Bundles that its index knows.</param>
    /// <param name="Rests">Bundles that it rests on, or that a prune is going to move.</param>
    /// <param name="Marked">Manifests that a prune has read.</param>
    private sealed record Process(char Kind, int Target, int Needs = 0, bool AsDelta = false, int Step = 0, int Seen = 0, int Rests = 0, int Marked = 0);

    private sealed record Bundle(Where Where, int Plain, bool HasDeltaOfB, int? WaitsFor);

    private sealed record Manifest(Root Root, int Needs);

    private sealed record State(Bundle[] Bundles, Manifest[] Manifests, Process[] Processes, int Live, int CommitLock)
    {
        public string Key => string.Join(
            '|',
            string.Join(',', Bundles.Select(bundle => $"{(int)bundle.Where}{bundle.Plain}{(bundle.HasDeltaOfB ? 'd' : '-')}{bundle.WaitsFor}")),
            string.Join(',', Manifests.Select(manifest => $"{(int)manifest.Root}{manifest.Needs}")),
            string.Join(',', Processes.Select(process => $"{process.Step}.{process.Seen}.{process.Rests}.{process.Marked}")),
            Live,
            CommitLock);
    }

    private const int Free = -1;
    private readonly bool withoutRecheck;
    private readonly bool withoutWaiting;
    private readonly bool withoutBases;

    /// <param name="without">What a mutant leaves out: the model must notice.</param>
    public PruneModel(string without = "")
    {
        withoutRecheck = without == "recheck";
        withoutWaiting = without == "waiting";
        withoutBases = without == "bases";
    }

    /// <summary>Explores every order.</summary>
    /// <param name="processes">
    /// First what manifest 0 has from the beginning: <c>AB</c> in one bundle, <c>A,B</c> in two, <c>A,d</c> B as a delta. Then processes, such as
    /// <c>p1:AB g0 r0 q q</c>; in capitals plain, <c>d</c> for B as a delta on A.
    /// </param>
    /// <returns>How many states there are.</returns>
    /// <exception cref="ModelLossException">Something that is needed is gone: told with the steps that led there.</exception>
    public int Explore(string processes)
    {
        var words = processes.Split(' ');
        var all = words[1..].Select(Read).ToArray();
        var start = new State(
            [.. Enumerable.Repeat(new Bundle(Where.Nowhere, 0, false, null), Bundles)],
            [.. Enumerable.Repeat(new Manifest(Root.None, 0), 4)],
            all, 0, Free);
        start = With(start, 0, new Bundle(Where.There, words[0] == "AB" ? A | B : A, false, null)) with { Manifests = [new Manifest(Root.Listed, A | B), .. start.Manifests[1..]] };
        if (words[0] != "AB")
            start = With(start, 1, words[0] == "A,B" ? new Bundle(Where.There, B, false, null) : new Bundle(Where.There, 0, true, null));

        var seen = new Dictionary<string, (string? From, string Step)> { [start.Key] = (null, "start") };
        var queue = new Queue<State>([start]);
        while (queue.TryDequeue(out var state))
        {
            foreach (var (step, next) in Steps(state))
            {
                if (!seen.TryAdd(next.Key, (state.Key, step)))
                    continue;
                if (Missing(next) is { } missing)
                    throw new ModelLossException($"{missing} after {string.Join("; ", Trail(seen, next.Key))}");
                queue.Enqueue(next);
            }
        }

        return seen.Count;
    }

    private static List<string> Trail(Dictionary<string, (string? From, string Step)> seen, string key)
    {
        var steps = new List<string>();
        for (var at = key; at is not null; at = seen[at].From)
            steps.Add(seen[at].Step);
        steps.Reverse();
        return steps;
    }

    private static Process Read(string text)
    {
        var target = text.Length > 1 ? text[1] - '0' : 0;
        var needs = (text.Contains('A', StringComparison.Ordinal) ? A : 0) | (text.Contains('B', StringComparison.Ordinal) || text.Contains('d', StringComparison.Ordinal) ? B : 0);
        return new Process(text[0], target, needs, text.Contains('d', StringComparison.Ordinal));
    }

    // Every root must find all that it needs where a new session looks.
    private static string? Missing(State state)
    {
        for (var number = 0; number < state.Manifests.Length; number++)
        {
            var (root, needs) = state.Manifests[number];
            if (root is Root.Listed or Root.Removed && (Readable(state, bundle => bundle.Where == Where.There) & needs) != needs)
                return $"manifest {number} misses something";
        }

        return null;
    }

    private static int Readable(State state, Func<Bundle, bool> isSeen)
    {
        var plain = state.Bundles.Where(isSeen).Aggregate(0, (sum, bundle) => sum | bundle.Plain);
        return plain | ((plain & A) != 0 && state.Bundles.Any(bundle => isSeen(bundle) && bundle.HasDeltaOfB) ? B : 0);
    }

    private IEnumerable<(string Step, State Next)> Steps(State state)
    {
        for (var number = 0; number < state.Processes.Length; number++)
        {
            var process = state.Processes[number];
            if (process.Step < 0)
                continue;
            foreach (var (what, next) in process.Kind switch
            {
                'p' => Put(state, number, process),
                'g' => Get(state, number, process),
                'r' => Move(state, number, process, Root.Listed, Root.Removed),
                'u' => Move(state, number, process, Root.Removed, Root.Listed),
                _ => Prune(state, number, process),
            })
                yield return ($"{process.Kind}{number} {what}", next);
            if (process.Step > 0)
                yield return ($"{process.Kind}{number} dies", Ended(state, number));
        }
    }

    private static IEnumerable<(string, State)> Put(State state, int number, Process process)
    {
        switch (process.Step)
        {
            case 0:
                yield return ("opens", Step(Alive(state, number), number, process with { Seen = Set(state, Where.There) }));
                break;
            case 1:
                // For each chunk any of the bundles that it knows, or none that it finds: then it writes.
                foreach (var rests in Choices(state, process))
                {
                    var found = state.Bundles.Where((_, bundle) => (rests & (1 << bundle)) != 0).Aggregate(0, (sum, bundle) => sum | bundle.Plain);
                    if ((found & process.Needs) == process.Needs)
                    {
                        yield return ($"finds all in {rests}", Step(state, number, process with { Rests = rests }));
                        continue;
                    }

                    // A delta that is known counts as found, if its base is.
                    var knowsDelta = (found & A) != 0 && Enumerable.Range(0, Bundles).Any(bundle => (rests & (1 << bundle)) != 0 && state.Bundles[bundle].HasDeltaOfB);
                    if (knowsDelta && ((found | B) & process.Needs) == process.Needs)
                    {
                        yield return ($"finds all, as a delta, in {rests}", Step(state, number, process with { Rests = rests }));
                        continue;
                    }

                    var free = Array.FindIndex(state.Bundles, bundle => bundle.Where == Where.Nowhere);
                    if (free < 0)
                        continue;
                    var missing = process.Needs & ~found;
                    var asDelta = process.AsDelta && (missing & B) != 0 && (found & A) != 0;
                    var made = new Bundle(Where.There, asDelta ? missing & ~B : missing, asDelta, null);
                    yield return ($"rests on {rests}, writes {free}", Step(With(state, free, made), number, process with { Rests = rests | (1 << free) }));
                }

                break;
            case 2 when state.CommitLock == Free:
                yield return ("locks", Step(state with { CommitLock = number }, number, process));
                break;
            case 3:
                var next = state;
                for (var bundle = 0; bundle < Bundles; bundle++)
                {
                    if ((process.Rests & (1 << bundle)) == 0 || next.Bundles[bundle].Where == Where.There)
                        continue;
                    if (next.Bundles[bundle].Where == Where.Deleted)
                        throw new ModelLossException($"bundle {bundle} vanished during put {number}");
                    next = With(next, bundle, next.Bundles[bundle] with { Where = Where.There });
                }

                yield return ("confirms", Step(next, number, process));
                break;
            case 4:
                yield return ("commits", Ended(With(state, process.Target, new Manifest(Root.Listed, process.Needs)), number));
                break;
        }
    }

    private static HashSet<int> Choices(State state, Process process)
    {
        var known = Enumerable.Range(0, Bundles).Where(bundle => (process.Seen & (1 << bundle)) != 0).ToList();
        var ways = new HashSet<int> { 0 };
        foreach (var chunk in new[] { A, B })
        {
            // A base is looked for as well.
            var wanted = (process.Needs & chunk) != 0 || (chunk == A && known.Exists(bundle => state.Bundles[bundle].HasDeltaOfB)) || (chunk == A && process.AsDelta);
            var holders = known.Where(bundle => wanted && ((state.Bundles[bundle].Plain & chunk) != 0 || (chunk == B && state.Bundles[bundle].HasDeltaOfB))).ToList();
            if (holders.Count > 0)
                ways = [.. ways.SelectMany(way => holders.Select(bundle => way | (1 << bundle)))];
        }

        return ways;
    }

    private static IEnumerable<(string, State)> Get(State state, int number, Process process)
    {
        switch (process.Step)
        {
            case 0:
                yield return ("opens", Step(Alive(state, number), number, process));
                break;
            case 1 when state.Manifests[process.Target].Root == Root.Listed:
                yield return ("reads the manifest and the index", Step(state, number, process with { Seen = Set(state, Where.There) }));
                break;
            case 1:
                yield return ("finds nothing", Ended(state, number));
                break;
            case 2:
                var needs = state.Manifests[process.Target].Needs;
                var seen = Enumerable.Range(0, Bundles).Where(bundle => (process.Seen & (1 << bundle)) != 0 && state.Bundles[bundle].Where is Where.There or Where.Trash).Aggregate(0, (sum, bundle) => sum | state.Bundles[bundle].Plain | (state.Bundles[bundle].HasDeltaOfB ? B : 0));
                if ((seen & needs) != needs)
                    throw new ModelLossException($"get {number} misses a bundle");
                yield return ("reads", Ended(state, number));
                break;
        }
    }

    private static IEnumerable<(string, State)> Move(State state, int number, Process process, Root from, Root to)
    {
        if (state.CommitLock != Free)
            yield break;
        var manifest = state.Manifests[process.Target];
        if (manifest.Root == from)
            yield return ("moves the manifest", Ended(With(state, process.Target, manifest with { Root = to }), number));
    }

    private IEnumerable<(string, State)> Prune(State state, int number, Process process)
    {
        switch (process.Step)
        {
            case 0 when !state.Processes.Any(other => other.Kind == 'q' && other.Step > 0):
                yield return ("opens", Step(Alive(state, number), number, process));
                break;
            case 1 when state.CommitLock == Free:
                // Grace has ended of any of the removed ones, or of none.
                var removed = Enumerable.Range(0, state.Manifests.Length).Where(manifest => state.Manifests[manifest].Root == Root.Removed).ToList();
                yield return ("gives up nothing", Step(state, number, process));
                if (removed.Count > 0)
                    yield return ("gives up the removed", Step(removed.Aggregate(state, (now, manifest) => With(now, manifest, now.Manifests[manifest] with { Root = Root.GivenUp })), number, process));
                break;
            case 2:
                var roots = Enumerable.Range(0, state.Manifests.Length).Where(manifest => state.Manifests[manifest].Root is Root.Listed or Root.Removed).ToList();
                yield return ("lists the manifests", Step(state, number, process with { Marked = roots.Aggregate(0, (sum, manifest) => sum | (1 << manifest)) }));
                break;
            case 3:
                yield return ("opens the index and marks", Step(state, number, process with { Seen = Set(state, Where.There) }));
                break;
            case 4:
                yield return Plan(state, number, process);
                break;
            case 5 when state.CommitLock == Free:
                var needed = withoutRecheck ? 0 : NeededSince(state, process);
                yield return ("locks, and looks what came", Step(state with { CommitLock = number }, number, process with { Rests = process.Rests & ~OnlyCopies(state, process, needed) }));
                break;
            case 6 when process.Rests == 0:
                yield return ("unlocks", Step(state with { CommitLock = Free }, number, process));
                break;
            case 6:
                var first = System.Numerics.BitOperations.TrailingZeroCount(process.Rests);
                yield return ($"moves {first}", With(With(state, first, state.Bundles[first] with { Where = Where.Trash, WaitsFor = null }), number, process with { Rests = process.Rests & (process.Rests - 1) }));
                break;
            case 7:
                yield return ("empties the trash", Ended(Empty(state, number), number));
                break;
        }
    }

    // Unused bundles go; of others in which something is unused, what is used is written anew, and then they go.
    private static (string, State) Plan(State state, int number, Process process)
    {
        var known = Enumerable.Range(0, Bundles).Where(bundle => (process.Seen & (1 << bundle)) != 0 && state.Bundles[bundle].Where == Where.There).ToList();
        var reached = Enumerable.Range(0, state.Manifests.Length).Where(manifest => (process.Marked & (1 << manifest)) != 0).Aggregate(0, (sum, manifest) => sum | state.Manifests[manifest].Needs);
        var plain = known.Aggregate(0, (sum, bundle) => sum | state.Bundles[bundle].Plain);
        if ((reached & B) != 0 && (plain & B) == 0)
            reached |= A; // as the base of all deltas
        var (moves, copies, copyDelta) = (0, 0, false);
        var chosen = 0;
        foreach (var bundle in known)
        {
            var own = state.Bundles[bundle];
            var used = own.Plain & reached & ~chosen;
            chosen |= used;
            var usesDelta = own.HasDeltaOfB && (reached & B) != 0 && (plain & B) == 0;
            if (used == own.Plain && usesDelta == own.HasDeltaOfB)
                continue;
            moves |= 1 << bundle;
            copies |= used;
            copyDelta |= usesDelta;
        }

        var next = state;
        var free = Array.FindIndex(state.Bundles, bundle => bundle.Where == Where.Nowhere);
        if (copies != 0 || copyDelta)
        {
            if (free < 0)
                return ("has no room", Ended(state, number));
            next = With(next, free, new Bundle(Where.There, copies, copyDelta, null));
            process = process with { Seen = process.Seen | (1 << free) };
        }

        return ($"plans to move {moves}", Step(next, number, process with { Rests = moves }));
    }

    private int NeededSince(State state, Process process)
    {
        var fresh = Enumerable.Range(0, state.Manifests.Length).Where(manifest => (process.Marked & (1 << manifest)) == 0 && state.Manifests[manifest].Root is Root.Listed or Root.Removed);
        var needs = fresh.Aggregate(0, (sum, manifest) => sum | state.Manifests[manifest].Needs);
        var isDelta = !state.Bundles.Any(bundle => bundle.Where is Where.There or Where.Trash && (bundle.Plain & B) != 0);
        return (needs & B) != 0 && isDelta && !withoutBases ? needs | A : needs;
    }

    private static int OnlyCopies(State state, Process process, int needed)
    {
        var others = Enumerable.Range(0, Bundles).Where(bundle => (process.Rests & (1 << bundle)) == 0 && state.Bundles[bundle].Where == Where.There).Aggregate(0, (sum, bundle) => sum | state.Bundles[bundle].Plain);
        return Enumerable.Range(0, Bundles)
            .Where(bundle => (process.Rests & (1 << bundle)) != 0 && (((state.Bundles[bundle].Plain | (state.Bundles[bundle].HasDeltaOfB ? B : 0)) & needed & ~others) != 0))
            .Aggregate(0, (sum, bundle) => sum | (1 << bundle));
    }

    private State Empty(State state, int number)
    {
        var live = state.Live & ~(1 << number);
        for (var bundle = 0; bundle < Bundles; bundle++)
        {
            if (state.Bundles[bundle].Where != Where.Trash)
                continue;
            var waits = withoutWaiting ? 0 : (state.Bundles[bundle].WaitsFor ?? live) & live;
            state = With(state, bundle, state.Bundles[bundle] with { Where = waits == 0 ? Where.Deleted : Where.Trash, WaitsFor = waits == 0 ? null : waits });
        }

        return state;
    }

    private static int Set(State state, Where where) =>
        Enumerable.Range(0, Bundles).Where(bundle => state.Bundles[bundle].Where == where).Aggregate(0, (sum, bundle) => sum | (1 << bundle));

    private static State Alive(State state, int number) => state with { Live = state.Live | (1 << number) };

    private static State Step(State state, int number, Process process) => With(state, number, process with { Step = process.Step + 1 });

    private static State Ended(State state, int number) => With(state, number, state.Processes[number] with { Step = -1, Seen = 0, Rests = 0, Marked = 0 }) with
    {
        Live = state.Live & ~(1 << number),
        CommitLock = state.CommitLock == number ? Free : state.CommitLock,
    };

    private static State With(State state, int number, Bundle bundle) => state with { Bundles = Replaced(state.Bundles, number, bundle) };

    private static State With(State state, int number, Manifest manifest) => state with { Manifests = Replaced(state.Manifests, number, manifest) };

    private static State With(State state, int number, Process process) => state with { Processes = Replaced(state.Processes, number, process) };

    private static T[] Replaced<T>(T[] all, int number, T one)
    {
        var copy = all.ToArray();
        copy[number] = one;
        return copy;
    }
}

/// <summary>Something that is needed is gone.</summary>
internal sealed class ModelLossException(string message) : Exception(message);
