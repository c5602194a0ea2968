using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Maintenance;

/// <summary>Writes what is used in some bundles into new ones.</summary>
internal interface IBundleRewriter
{
    /// <summary>About how many bytes of a bundle would be left behind.</summary>
    long UnusedBytes(BundleReader bundle);

    /// <summary>Whether a small bundle can be written together with others like it.</summary>
    bool MayJoin(BundleReader bundle);

    /// <summary>Writes them; durable when this returns.</summary>
    /// <param name="sources">Of one class and domain; one at least.</param>
    /// <param name="order">Chunks in the order in which they are read; those that are not in the sources are passed over.</param>
    /// <param name="written">Told of each new bundle once it is durable, by any thread.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if a frame cannot be read; any of storing.</exception>
    void Rewrite(IReadOnlyList<BundleReader> sources, IEnumerable<ChunkId> order, Action<WrittenBundle> written, CancellationToken cancellation);
}
