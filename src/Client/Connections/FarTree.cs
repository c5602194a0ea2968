using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>A snapshot's view behind HTTP.</summary>
/// <param name="connection">To the server; not owned.</param>
/// <param name="address">Of its catalog.</param>
/// <param name="cancellation">Ends whatever is waited for.</param>
/// <remarks>Threading: one operation at a time, and the connection's; an enumeration holds the connection until it ends.</remarks>
internal sealed class FarTree(HttpConnection connection, string address, CancellationToken cancellation) : ISnapshotTree
{
    /// <inheritdoc/>
    public CatalogEntry? Find(byte[] path) => Self(path, all: false).LastOrDefault();

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> At(byte[] path) => Self(path, all: true);

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Folder(byte[] path, bool all) => Ask(path, Wire.DepthFolder, all);

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Below(byte[] path, bool all) => Ask(path, Wire.DepthBelow, all);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private List<CatalogEntry> Self(byte[] path, bool all)
    {
        try
        {
            return [.. Ask(path, Wire.DepthSelf, all)];
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound && path.Length > 0)
        {
            // Every snapshot has a root: where that is not found either, it is no member that is missing.
            Self([], all: false);
            return [];
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            throw new RepositoryException(ErrorCode.Unsupported, $"The server cannot look into this snapshot: {error.Message}", error);
        }
    }

    private IEnumerable<CatalogEntry> Ask(byte[] path, string depth, bool all) => ServerAnswer
        .Objects(connection, $"{address}?path={PercentCode.Encode(path)}&depth={depth}{(all ? "&all" : "")}", ProtocolJson.Default.MemberInfo, error => throw error, cancellation)
        .Select(member => member.ToEntry());
}
