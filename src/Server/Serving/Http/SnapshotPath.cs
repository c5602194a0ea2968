using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http;

/// <summary>What a path below <c>/snapshots/</c> names: <c>NAME</c>, <c>NAME@WHICH</c>, or a part of the latter.</summary>
/// <param name="Name">The name.</param>
/// <param name="Which">What comes after <c>@</c>; null for the name alone.</param>
/// <param name="Part">What comes after that, such as <c>info</c>; empty for the snapshot itself.</param>
internal sealed record SnapshotPath(SnapshotName Name, string? Which, string Part)
{
    /// <summary>Reads a path, decoded once, without the slash that it begins with.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static SnapshotPath Parse(string path)
    {
        var at = path.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
            return new SnapshotPath(SnapshotName.Parse(path), null, "");
        var slash = path.IndexOf('/', at);
        var which = slash < 0 ? path[(at + 1)..] : path[(at + 1)..slash];
        return new SnapshotPath(SnapshotName.Parse(path[..at]), which, slash < 0 ? "" : path[(slash + 1)..]);
    }

    /// <summary>The snapshot that is meant.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public SnapshotSelector Selector() =>
        Which is null ? throw new RepositoryException(ErrorCode.Usage, $"Name a snapshot: {Name}@latest") : SnapshotSelector.Parse($"{Name}@{Which}");
}
