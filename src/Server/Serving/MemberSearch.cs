using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Serving;

/// <summary>Looks for members in all snapshots of a repository.</summary>
/// <param name="repository">Where.</param>
/// <param name="damaged">Told of each snapshot that cannot be looked into.</param>
/// <remarks>Memory: what is found in one name, bounded by <see cref="MemberHistory.MaxSpans"/>.</remarks>
internal sealed class MemberSearch(EmbeddedRepository repository, Action<RepositoryException> damaged)
{
    /// <summary>Looks.</summary>
    /// <exception cref="RepositoryException">
    /// At once: <see cref="ErrorCode.Usage"/>, <see cref="ErrorCode.Denied"/>, <see cref="ErrorCode.NotFound"/> if there is no such name.
    /// While it is enumerated: <see cref="ErrorCode.Usage"/> if too much is found.
    /// </exception>
    public IEnumerable<FoundMember> Run(SearchRequest request, CancellationToken cancellation)
    {
        request.EnsureAllowed();
        var pattern = new MemberPattern(request.Pattern);
        var unread = new List<RepositoryException>();
        var all = repository.List(unread.Add);
        var names = all.Where(snapshot => request.Covers(snapshot.Name)).GroupBy(snapshot => snapshot.Name).ToList();
        if (names.Count == 0 && unread.Count == 0 && request.Name is { } missing)
            throw MissingName.Error(missing, all.Select(snapshot => snapshot.Name).Where(request.By.Covers));
        unread.ForEach(damaged);
        var filter = new PathFilter(pattern);
        return names.SelectMany(name => Search(name.Key, name.Reverse(), snapshot => pattern.In(snapshot, filter), cancellation));
    }

    private IEnumerable<FoundMember> Search(string name, IEnumerable<SnapshotInfo> newestFirst, Func<ISnapshotTree, IEnumerable<CatalogEntry>> look, CancellationToken cancellation)
    {
        var history = new MemberHistory(name);
        foreach (var snapshot in newestFirst)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                using var tree = repository.OpenTree(snapshot, cancellation);
                history.Add(snapshot, look(tree).Select(new HardLinks(tree).Extracted));
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.NotFound && !repository.Holds(snapshot.Id))
            {
                // Somebody removed it meanwhile.
            }
            catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported or ErrorCode.NotFound or ErrorCode.Failed)
            {
                damaged(new RepositoryException(error.Code, $"{snapshot.ShortName}: {error.Message}", error));
            }
        }

        return history.Found();
    }
}
