using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Bundles and their opened frames, kept while they are near: each frame is read, opened and unpacked once for all who
/// want it at about the same time. Each session has one, so it counts sessions, too (<see cref="MemoryShare"/>).
/// </summary>
/// <remarks>Threading: any number of threads. A caller holds what it gets and releases it.</remarks>
internal sealed class FrameCache : IDisposable
{
    /// <summary>
    /// Footers kept: 256 full bundles are 20 GiB of stream, more than any locality reaches, in about 25 MB.
    /// </summary>
    private const int MaxBundles = 256;

    /// <summary>What a session keeps however many run: the frames of a delta and its base, and those beside them.</summary>
    private const int LeastFrames = 4;

    /// <summary>The same of footers, of 100 KiB each.</summary>
    private const int LeastBundles = 16;

    private readonly LeastRecent<ObjectId, BundleReader> bundles = new(() => MemoryShare.Of(MaxBundles, LeastBundles), _ => { });
    private readonly LeastRecent<(ObjectId Bundle, int Frame), Task<SharedBytes>> frames;
    private readonly IFileStore store;
    private readonly RepositoryKeys keys;
    private bool ended;

    /// <param name="store">Where bundles are.</param>
    /// <param name="keys">What opens them.</param>
    /// <param name="maxFrames">Frames kept by a session that runs alone, about 1 MiB each.</param>
    public FrameCache(IFileStore store, RepositoryKeys keys, int maxFrames)
    {
        this.store = store;
        this.keys = keys;
        frames = new(() => MemoryShare.Of(maxFrames, LeastFrames), Forget);
        MemoryShare.Enter();
    }

    /// <summary>A bundle's reader, or null if the bundle is not there.</summary>
    public BundleReader? TryBundle(ObjectId id)
    {
        lock (bundles)
        {
            if (bundles.TryGet(id, out var cached))
                return cached;
        }

        var reader = BundleReader.TryOpen(store, keys, id);
        if (reader is not null)
        {
            lock (bundles)
                bundles.Add(id, reader);
        }

        return reader;
    }

    /// <summary>A bundle's reader.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if the bundle is missing or damaged.</exception>
    public BundleReader Bundle(ObjectId id) =>
        TryBundle(id) ?? throw new RepositoryException(ErrorCode.Corrupt, $"bundle {id} is missing");

    /// <summary>An opened frame, held once for the caller; opened by this thread if nobody else is at it.</summary>
    /// <exception cref="RepositoryException">As <see cref="BundleReader.ReadFrame"/>.</exception>
    public SharedBytes Frame(BundleReader bundle, int number)
    {
        while (true)
        {
            var loading = Begin(bundle, number, out var promise);
            if (promise is not null)
                return Load(bundle, number, promise);

            // Between finding it and holding it, it may have been pushed out: then read it again.
            var bytes = loading.GetAwaiter().GetResult();
            if (bytes.TryHold())
                return bytes;
        }
    }

    /// <summary>The same ahead of time: opened by any free core.</summary>
    public async Task<SharedBytes> FrameAsync(BundleReader bundle, int number)
    {
        while (true)
        {
            var loading = Begin(bundle, number, out var promise);
            if (promise is not null)
                return await Task.Run(() => Load(bundle, number, promise)).ConfigureAwait(false);
            var bytes = await loading.ConfigureAwait(false);
            if (bytes.TryHold())
                return bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (frames)
        {
            frames.Clear();
            if (!ended)
                MemoryShare.Leave();
            ended = true;
        }
    }

    // Either somebody's loading, or a promise that the caller must keep.
    private Task<SharedBytes> Begin(BundleReader bundle, int number, out TaskCompletionSource<SharedBytes>? promise)
    {
        lock (frames)
        {
            promise = null;
            if (frames.TryGet((bundle.Id, number), out var loading))
                return loading;
            promise = new TaskCompletionSource<SharedBytes>(TaskCreationOptions.RunContinuationsAsynchronously);
            frames.Add((bundle.Id, number), promise.Task);
            return promise.Task;
        }
    }

    private SharedBytes Load(BundleReader bundle, int number, TaskCompletionSource<SharedBytes> promise)
    {
        var bytes = new SharedBytes(bundle.Footer.Frames[number].PlainLength);
        try
        {
            bundle.ReadFrame(number, bytes.Span);
        }
        catch (Exception error)
        {
            bytes.Release();
            Remove(bundle, number, promise.Task);
            promise.SetException(error);
            _ = promise.Task.Exception; // seen here; whoever else waits gets it too
            throw;
        }

        bytes.Hold();
        promise.SetResult(bytes);
        return bytes;
    }

    // Whoever comes later may have more luck.
    private void Remove(BundleReader bundle, int number, Task<SharedBytes> failed)
    {
        lock (frames)
        {
            if (frames.TryGet((bundle.Id, number), out var loading) && loading == failed)
                frames.Remove((bundle.Id, number));
        }
    }

    private static void Forget(Task<SharedBytes> loading) =>
        loading.ContinueWith(
            loaded =>
            {
                if (loaded.IsCompletedSuccessfully)
                    loaded.Result.Release();
            },
            TaskContinuationOptions.ExecuteSynchronously);
}
