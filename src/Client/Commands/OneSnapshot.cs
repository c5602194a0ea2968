using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>The snapshot that a verb is about.</summary>
internal static class OneSnapshot
{
    /// <summary>Names that are told where somebody means one of them: a hint, no list.</summary>
    private const int ToldNames = 3;

    /// <summary>Finds it; where only names below the one that is asked for have any, these are told.</summary>
    /// <exception cref="RepositoryException">As of <see cref="IRepositoryService.Find"/>.</exception>
    public static SnapshotInfo Find(IRepositoryService repository, SnapshotSelector selector)
    {
        try
        {
            return repository.Find(selector);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound && Below(repository, $"{selector.Name}") is { Count: > 0 } below)
        {
            throw new RepositoryException(ErrorCode.NotFound, $"{error.Message}; below it {(below.Count == 1 ? "is" : "are")} {string.Join(", ", below.Take(ToldNames))}{(below.Count > ToldNames ? " …" : "")}", error);
        }
    }

    private static List<string> Below(IRepositoryService repository, string name)
    {
        if (!repository.Access.Capabilities.HasFlag(Capabilities.List))
            return [];
        var names = repository.List(_ => { }).Select(snapshot => snapshot.Name).ToHashSet();
        return names.Contains(name) ? [] : [.. names.Where(other => other.StartsWith($"{name}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
