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
    private readonly List<string> messages = [];
    private readonly HashSet<ObjectId> replaced = [];

    /// <param name="store">The repository; may be read-only.</param>
    /// <param name="keys">A full key.</param>
    public RepositoryReader(IFileStore store, RepositoryKeys keys)
    {
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

    /// <summary>Reads chunks for one thread.</summary>
    public ChunkReader Chunks() => new(Index, Frames);

    /// <summary>Tells what a user should know: a line each.</summary>
    /// <param name="from">How many were told already.</param>
    /// <returns>How many there are.</returns>
    public int Tell(int from, Action<string> notice)
    {
        List<string> news;
        lock (messages)
        {
            foreach (var (bundle, damage) in Index.Replaced())
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
        Index.Dispose();
        session?.Dispose();
    }

    private void Note(string message)
    {
        lock (messages)
            messages.Add(message);
    }
}
