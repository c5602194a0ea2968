using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>What is stored as it is at a moment, for who reads: the session that keeps it there, the index, opened frames.</summary>
/// <remarks>Threading: any number of threads. Memory: the frames and footers kept, by <see cref="MemoryShare"/>.</remarks>
internal sealed class RepositoryReader : IDisposable
{
    /// <summary>Opened frames kept, about 1 MiB each: the newest version of a long series opens hardly any twice (performance).</summary>
    private const int CachedFrames = 64;

    private readonly ISessionLock? session;
    private readonly Action<string>? notice;
    private readonly List<string> messages = [];
    private readonly HashSet<ObjectId> replaced = [];

    /// <param name="store">The repository; may be read-only.</param>
    /// <param name="keys">A full key.</param>
    /// <param name="notice">Told at once what a user should know of the index: a line each; null for who asks by <see cref="Tell"/>.</param>
    public RepositoryReader(IFileStore store, RepositoryKeys keys, Action<string>? notice = null)
    {
        this.notice = notice;
        session = ReadingSession.TryOpen(store);
        try
        {
            Index = ChunkIndex.Open(store, keys, session: null, Note, withUnused: true); // what is needed may have come to the trash in a copy
        }
        catch
        {
            session?.Dispose();
            throw;
        }

        Frames = new FrameCache(store, keys, CachedFrames);
    }

    /// <summary>Where chunks are.</summary>
    public ChunkIndex Index { get; }

    /// <summary>Their bundles.</summary>
    public FrameCache Frames { get; }

    /// <summary>Whether others may go on with it: nothing was missing, and a prune waits for it.</summary>
    public bool MayBeShared => session is not null && !Index.SawDamage && !Index.IsStale;

    /// <summary>Reads chunks for one thread.</summary>
    public ChunkReader Chunks() => new(Index, Frames);

    /// <summary>Tells what a user should know and was not told yet: a line each.</summary>
    /// <param name="from">How many were told already.</param>
    /// <returns>How many there are.</returns>
    public int Tell(int from, Action<string> notice)
    {
        var found = Index.Replaced(); // the index tells while it holds its own lock, so not within this one
        List<string> news;
        lock (messages)
        {
            foreach (var (bundle, damage) in found)
            {
                if (replaced.Add(bundle))
                    messages.Add($"{damage}; another bundle has the same, and served");
            }

            news = messages[from..];
        }

        news.ForEach(notice);
        return from + news.Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Frames.Dispose();
        try
        {
            Index.Dispose();
        }
        finally
        {
            session?.Dispose();
        }
    }

    private void Note(string message)
    {
        if (notice is not null)
        {
            notice(message);
            return;
        }

        lock (messages)
            messages.Add(message);
    }
}
