using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// One reader for all who look at a little, one after another: a folder, a file, another file. To open one costs the names of all
/// bundles, twice, and the index.
/// </summary>
/// <remarks>
/// Threading: any number of threads. A prune waits for no reader longer than for its uses, <see cref="MaxAge"/> and
/// <see cref="MaxIdle"/>. One that met damage is used no more: what is mended, or put again, is seen the next time.
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
        State state;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isOver, this);
            if (current is not null && !current.Serves(snapshot, MaxAge))
                Retire();
            state = current ??= new State(store, keys, EndIdle);
            state.Users++;
        }

        try
        {
            return new ReaderUse(state.Reader, notice, () => End(state));
        }
        catch
        {
            End(state);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
            Retire();
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
                state.Rest(MaxIdle);
            else
                state.Dispose();
        }
    }

    private void EndIdle(State state)
    {
        lock (gate)
        {
            if (state == current && state.Users == 0 && state.RestedFor >= MaxIdle)
                Retire();
        }
    }

    private void Retire()
    {
        if (current?.Users == 0)
            current.Dispose();
        current = null;
    }

    private sealed class State : IDisposable
    {
        private readonly HashSet<ObjectId> snapshots;
        private readonly long opened = Environment.TickCount64;
        private readonly Timer idle;
        private long resting;

        public State(IFileStore store, RepositoryKeys keys, Action<State> endIdle)
        {
            snapshots = [.. store.List(FileKind.Snapshot)]; // before the index: what they need is there already
            Reader = new RepositoryReader(store, keys);
            idle = new Timer(_ => endIdle(this));
        }

        public RepositoryReader Reader { get; }

        public int Users { get; set; }

        public TimeSpan RestedFor => TimeSpan.FromMilliseconds(Environment.TickCount64 - resting);

        public bool Serves(ObjectId snapshot, TimeSpan maxAge) =>
            snapshots.Contains(snapshot) && !Reader.Index.SawDamage && Environment.TickCount64 - opened < maxAge.TotalMilliseconds;

        public void Rest(TimeSpan time)
        {
            resting = Environment.TickCount64;
            idle.Change(time, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            idle.Dispose();
            Reader.Dispose();
        }
    }
}
