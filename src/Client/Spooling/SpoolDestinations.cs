using StreamBack.Client.Connections;
using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>The repositories that the streams of a spool go to, each opened when the first stream for it comes.</summary>
/// <param name="folder">The spool, locked.</param>
/// <param name="only">Where everything goes; null for where each stream is to go by itself.</param>
/// <param name="reach">Opens the repository of a location.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Owns the repositories.</remarks>
internal sealed class SpoolDestinations(SpoolFolder folder, string? only, Func<string, IRepositoryService> reach, Action<string> notice) : IDisposable
{
    private readonly Dictionary<string, (IRepositoryService Repository, SpoolDelivery Delivery)> open = [];
    private readonly HashSet<string> away = [];

    /// <summary>Whether the repository of a stream has turned out to be away: the streams for it wait on.</summary>
    public bool IsAway(SpoolEntry entry) => away.Contains(only ?? entry.Location);

    /// <summary>The way to deliver a stream.</summary>
    public SpoolDelivery Of(SpoolEntry entry)
    {
        var location = only ?? entry.Location;
        if (!open.TryGetValue(location, out var destination))
        {
            var repository = reach(location);
            destination = (repository, new SpoolDelivery(folder, repository, notice));
            open.Add(location, destination);
        }

        return destination.Delivery;
    }

    /// <summary>Why a stream was not delivered, as it is told.</summary>
    public RepositoryException Explain(SpoolEntry entry, RepositoryException error)
    {
        if (error is not ConnectionLostException)
            return new RepositoryException(error.Code, $"{error.Message}: {entry.Name}, taken {entry.Taken:u}, stays in {folder.Path}", error);
        var location = only ?? entry.Location;
        away.Add(location);
        return new RepositoryException(ErrorCode.Spooled, $"{location}: {error.Message}; what is for it stays in {folder.Path}", error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (repository, _) in open.Values)
            repository.Dispose();
    }
}
