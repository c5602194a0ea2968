using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Finds what hard links are links to: docs/design/catalog.md, 5.</summary>
public static class HardLinks
{
    /// <summary>Links from one hard link to the next that are followed: more are nobody's.</summary>
    public const int MaxSteps = 16;

    /// <summary>What a hard link names: the last member of exactly that path before it.</summary>
    /// <returns>Null if there is none.</returns>
    public static CatalogEntry? Target(ISnapshotTree tree, CatalogEntry link) =>
        tree.At(MemberPath.Clean(link.LinkName)).LastOrDefault(entry => entry.Place is { } target && target.HeaderOffset < link.Place?.HeaderOffset);

    /// <summary>What is at an entry's path once it is extracted: itself, or what the hard link leads to.</summary>
    /// <returns>Null if it leads nowhere.</returns>
    public static CatalogEntry? Follow(ISnapshotTree tree, CatalogEntry entry)
    {
        for (var step = 0; IsLink(entry); step++)
        {
            if (step == MaxSteps || Target(tree, entry) is not { } target)
                return null;
            entry = target;
        }

        return entry;
    }

    /// <summary>Whether it is a hard link.</summary>
    public static bool IsLink(CatalogEntry entry) => entry.Type == TarType.HardLink && !entry.IsFolder;
}
