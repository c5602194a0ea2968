using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// One reader for all who look at a little, one after another: a folder, a file, another file. To open one costs the names of all
/// bundles, twice, and the index.
/// </summary>
/// <remarks>
/// Threading: any number of threads; nobody but who needs a reader waits for it to open. A prune waits for no reader longer than for its
/// uses, <see cref="MaxAge"/> and <see cref="MaxIdle"/>. One that met damage, or that nothing keeps from a prune, is used no more: what
/// is mended, or put again, is seen the next time.
/// </remarks>
/// <param name="store">The repository; may be read-only.</param>
/// <param name="keys">A full key.</param>
internal sealed class SharedReader(IFileStore store, RepositoryKeys keys) : IDisposable
{
    private readonly Lock gate = new();
    private State? current;
    private bool isOver;

    /// <summary>So long one is given out: what a session waits for it is little, and so is what one costs in that time.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So long one is kept that nobody uses: a client's next request comes sooner.</summary>
    public TimeSpan MaxIdle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Begins to read.</summary>
    /// <param name="snapshot">What is to be read.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public ReaderUse Use(ObjectId snapshot, Action<string> notice)
    {
        while (true)
        {
            var state = Enter(out var isNew);
            try
            {
                if (state.Serves(snapshot, MaxAge) || isNew)
                    return new ReaderUse(state.Reader, notice, () => End(state));
            }
            catch
            {
                Drop(state);
                End(state);
                throw;
            }

            Drop(state);
            End(state);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        State? last;
        lock (gate)
            (isOver, last) = (true, current);
        if (last is not null)
            Drop(last);
    }

    private State Enter(out bool isNew)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isOver, this);
            isNew = current is null;
            current ??= new State(store, keys, idle => Drop(idle, onlyIfUnused: true));
            current.Users++;
            return current;
        }
    }

    private void End(State state)
    {
        lock (gate)
        {
            state.Users--;
            if (state.Users > 0)
                return;
            if (state == current)
            {
                state.Rest(MaxIdle);
                return;
            }
        }

        state.Dispose();
    }

    // Nobody gets it any more; whoever uses it ends it.
    private void Drop(State state, bool onlyIfUnused = false)
    {
        lock (gate)
        {
            if (state != current || (onlyIfUnused && (state.Users > 0 || state.RestedFor < MaxIdle)))
                return;
            current = null;
            if (state.Users > 0)
                return;
        }

        state.Dispose();
    }

    private sealed class State : IDisposable
    {
        private readonly Lazy<(RepositoryReader Reader, HashSet<ObjectId> Snapshots, long Opened)> opening;
        private readonly Timer idle;
        private long resting;

        public State(IFileStore store, RepositoryKeys keys, Action<State> endIdle)
        {
            opening = new(() =>
            {
                HashSet<ObjectId> snapshots = [.. store.List(FileKind.Snapshot)]; // before the index: what they need is there already
                return (new RepositoryReader(store, keys), snapshots, Environment.TickCount64);
            });
            idle = new Timer(_ => endIdle(this));
        }

        public RepositoryReader Reader => opening.Value.Reader;

        public int Users { get; set; }

        public TimeSpan RestedFor => TimeSpan.FromMilliseconds(Environment.TickCount64 - resting);

        public bool Serves(ObjectId snapshot, TimeSpan maxAge) => opening.Value is var (reader, snapshots, opened)
            && snapshots.Contains(snapshot) && reader.MayBeShared && Environment.TickCount64 - opened < maxAge.TotalMilliseconds;

        public void Rest(TimeSpan time)
        {
            resting = Environment.TickCount64;
            idle.Change(time, Timeout.InfiniteTimeSpan);
        }

        // A lock file that cannot be deleted, as on a disk that was made read-only, is unlocked all the same: whoever begins a session later deletes it.
        public void Dispose()
        {
            idle.Dispose();
            try
            {
                if (opening.IsValueCreated)
                    Reader.Dispose();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
