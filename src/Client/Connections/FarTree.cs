using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>A snapshot's view behind HTTP.</summary>
/// <param name="connection">To the server; not owned.</param>
/// <param name="address">Of its catalog.</param>
/// <remarks>Threading: one operation at a time, and the connection's; an enumeration holds the connection until it ends.</remarks>
internal sealed class FarTree(HttpConnection connection, string address) : ISnapshotTree
{
    /// <inheritdoc/>
    public CatalogEntry? Find(byte[] path)
    {
        try
        {
            return Ask(path, Wire.DepthSelf, all: false).FirstOrDefault();
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Folder(byte[] path, bool all) => Ask(path, Wire.DepthFolder, all);

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Below(byte[] path, bool all) => Ask(path, Wire.DepthBelow, all);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private IEnumerable<CatalogEntry> Ask(byte[] path, string depth, bool all)
    {
        using var response = connection.Send(
            new HttpRequestMessage(HttpMethod.Get, $"{address}?path={PercentCode.Encode(path)}&depth={depth}{(all ? "&all" : "")}"), CancellationToken.None);
        foreach (var line in ServerAnswer.Lines(response))
        {
            var control = ServerAnswer.Parse(line.Span, WireJson.Default.ControlLine);
            if (control.End == true)
                yield break;
            yield return control.Error is { } failure
                ? throw failure.ToException()
                : ServerAnswer.Parse(line.Span, ProtocolJson.Default.MemberInfo).ToEntry();
        }

        throw new RepositoryException(ErrorCode.Failed, "The server's list breaks off");
    }
}
