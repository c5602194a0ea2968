namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// A snapshot as a file system: the one read-only view that verbs, HTTP, WebDAV and the page share. What paths mean:
/// docs/design/catalog.md, 1. Paths are clean: <see cref="MemberPath"/>.
/// </summary>
/// <remarks>Threading: one operation at a time. What it gives may be read for as long as it lives.</remarks>
public interface ISnapshotTree : IDisposable
{
    /// <summary>What is at a path; the last member, if there are several. The root is always there.</summary>
    /// <returns>Null if nothing is.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>, as of the others.</exception>
    CatalogEntry? Find(byte[] path);

    /// <summary>What is at a path, which has to be there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>, or as of <see cref="Find"/>.</exception>
    CatalogEntry Require(byte[] path) =>
        Find(path) ?? throw new RepositoryException(ErrorCode.NotFound, $"There is no member '{MemberPath.Text(path)}'");

    /// <summary>Every member of a path, in the tar's order; a folder that no member names as well.</summary>
    IEnumerable<CatalogEntry> At(byte[] path);

    /// <summary>What is right in a folder, by the bytes of its name.</summary>
    /// <param name="path">Of the folder; nothing is in what is none, unless the tar has such members.</param>
    /// <param name="all">Also members that a later one of the same path hides, each before it.</param>
    IEnumerable<CatalogEntry> Folder(byte[] path, bool all);

    /// <summary>Everything below a folder, folder by folder, those by the bytes of their paths.</summary>
    /// <param name="path">As of <see cref="Folder"/>.</param>
    /// <param name="all">As of <see cref="Folder"/>.</param>
    IEnumerable<CatalogEntry> Below(byte[] path, bool all);

    /// <summary>Everything whose path a filter takes, the last member of each, in the order of <see cref="Below"/>.</summary>
    IEnumerable<CatalogEntry> Where(PathFilter filter) => Below([], all: false).Where(entry => filter.Takes(entry.Path));
}
