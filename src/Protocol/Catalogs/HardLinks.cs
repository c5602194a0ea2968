using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Finds what hard links are links to: docs/design/catalog.md, 5.</summary>
/// <param name="tree">In which they are.</param>
/// <remarks>Threading: as the tree. One for each walk through it: what a walk may look at is bounded.</remarks>
public sealed class HardLinks(ISnapshotTree tree)
{
    /// <summary>Links from one hard link to the next that are followed: more are nobody's.</summary>
    public const int MaxSteps = 16;

    /// <summary>
    /// Members of targets' paths that are looked at, beside one for each link: a path is rarely more than once in a tar, and one that is a
    /// million times, with a million links to it, must not take a million times a million looks.
    /// </summary>
    private const int MaxLooks = 10_000_000;

    private long looks;

    /// <summary>Whether it is a hard link.</summary>
    public static bool IsLink(CatalogEntry entry) => entry.Type == TarType.HardLink && !entry.IsFolder;

    /// <summary>An entry, and, as long as these are hard links, what each is a link to.</summary>
    /// <param name="entry">Where it begins.</param>
    /// <param name="isWhole">Whether it leads to something that is no hard link.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Unsupported"/> if a tar has too many members of the same paths.</exception>
    public List<CatalogEntry> Chain(CatalogEntry entry, out bool isWhole)
    {
        List<CatalogEntry> chain = [entry];
        while (IsLink(chain[^1]) && chain.Count <= MaxSteps && Target(chain[^1]) is { } target)
            chain.Add(target);
        isWhole = !IsLink(chain[^1]);
        return chain;
    }

    /// <summary>What is at an entry's path once it is extracted: itself, or what the hard link leads to.</summary>
    /// <returns>Null if it leads nowhere.</returns>
    /// <exception cref="RepositoryException">As of <see cref="Chain"/>.</exception>
    public CatalogEntry? Follow(CatalogEntry entry)
    {
        if (!IsLink(entry))
            return entry;
        var chain = Chain(entry, out var isWhole);
        return isWhole ? chain[^1] : null;
    }

    /// <summary>As <see cref="Follow"/>, under the entry's own path: a hard link and what it leads to are one file. A link that leads nowhere is itself.</summary>
    public CatalogEntry Extracted(CatalogEntry entry) => IsLink(entry) && Follow(entry) is { } target ? target with { Path = entry.Path } : entry;

    // The last member of exactly that path before it.
    private CatalogEntry? Target(CatalogEntry link)
    {
        CatalogEntry? last = null;
        foreach (var entry in tree.At(MemberPath.Clean(link.LinkName)))
        {
            if (!(entry.Place?.HeaderOffset < link.Place?.HeaderOffset))
                break;
            if (last is not null && looks++ == MaxLooks)
                throw new RepositoryException(ErrorCode.Unsupported, "The tar has too many members of the paths that its hard links are links to");
            last = entry;
        }

        return last;
    }
}
