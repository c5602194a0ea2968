using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Bundles;

/// <summary>
/// Writes packed frames of one class into bundles, one after another: seals each frame under the open bundle's key, closes
/// the bundle at a length that wastes little padding, and makes it durable. Format: 4.
/// </summary>
/// <remarks>
/// Threading: one thread at a time. Owns the open file; dispose without <see cref="Close"/> deletes it, and its key dies
/// with it.
/// </remarks>
internal sealed class BundleWriter(IFileStore store, RepositoryKeys keys, ISessionLock session, ChunkClass chunkClass, uint domain) : IDisposable
{
    /// <summary>
    /// From this length on a bundle is closed where padding is cheap: large enough that names, footers and fsyncs cost
    /// nothing, small enough that an interrupted put loses little (docs/decisions/0003).
    /// </summary>
    public const long SoftLength = 20 << 20;

    /// <summary>At this length a bundle is closed whatever its padding costs.</summary>
    private const long HardLength = 31 << 20;

    /// <summary>So is one of so many entries, which are deltas or compress to nothing: whoever opens it has all of its footer in memory, 4 to 6 MiB then.</summary>
    public const int ManyEntries = 1 << 16;

    /// <summary>Padding that is worth stopping at: 0.3 % of the soft length.</summary>
    private const long CheapPadding = 64 << 10;

    private BundleFile? file;

    /// <summary>The chunk-id domain of the chunks in them.</summary>
    public uint Domain => domain;

    /// <summary>Whether a bundle is better closed than continued.</summary>
    public static bool IsFull(BundleFile file)
    {
        var length = file.LengthIfClosed;
        return length >= HardLength || file.Frames == BundleFormat.MaxFrames - 1 || file.Entries >= ManyEntries
            || (length >= SoftLength && file.PaddingIfClosed <= CheapPadding);
    }

    /// <summary>Seals a frame into the open bundle; begins one if none is open.</summary>
    /// <returns>The bundle that this frame completed, or null.</returns>
    public WrittenBundle? Add(PackedFrame frame)
    {
        file ??= new BundleFile(store, keys, session, chunkClass, domain, []);
        file.Add(frame);
        return IsFull(file) ? Close() : null;
    }

    /// <summary>Completes the open bundle, if there is one: padding, footer, trailer, durable name.</summary>
    public WrittenBundle? Close()
    {
        if (file is null)
            return null;
        using (file)
        {
            var written = file.Close();
            file = null;
            return written;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }
}
