using System.IO.Hashing;
using System.Text;

namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// Chooses what <c>tar x PATH…</c> would extract: every member of these paths and below them, and what their hard links are links to.
/// docs/design/catalog.md, 5.
/// </summary>
/// <param name="tree">Of a tar.</param>
/// <param name="notice">Told of links whose target is not there: a line each.</param>
/// <remarks>Memory: 48 bytes a member, and as much again for what links lead to.</remarks>
public sealed class PartSelection(ISnapshotTree tree, Action<string> notice)
{
    /// <summary>Links that are named each: a tar can have a million that lead nowhere.</summary>
    private const int MostNamed = 100;

    private readonly List<PartMember> members = [];
    private readonly HashSet<long> targets = []; // where the headers are of what links lead to
    private readonly HardLinks links = new(tree);
    private long dangling;

    /// <summary>Refuses what has no members to choose from.</summary>
    /// <param name="kind">Of a snapshot: <see cref="SnapshotKinds"/>.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static void EnsureTar(string kind)
    {
        if (kind != SnapshotKinds.Tar)
            throw new RepositoryException(ErrorCode.Usage, "The snapshot is no tar, so no part of it can be got as a tar: get it whole, without a path");
    }

    /// <summary>Adds paths and all below them; whatever is named twice comes once. To be called once.</summary>
    /// <param name="paths">Clean.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>: nothing was added.</exception>
    public void Add(IEnumerable<byte[]> paths, CancellationToken cancellation)
    {
        var asked = paths.DistinctBy(Encoding.Latin1.GetString).ToList();
        foreach (var path in asked)
        {
            cancellation.ThrowIfCancellationRequested();
            tree.Require(path);
        }

        var all = asked.Select(Encoding.Latin1.GetString).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in asked.Where(path => !IsBelowOne(path, all)).SelectMany(path => tree.At(path).Concat(tree.Below(path, all: true))))
        {
            cancellation.ThrowIfCancellationRequested();
            Add(entry);
        }

        if (dangling > MostNamed)
            notice($"{Sizes.Count(dangling - MostNamed, "more hard link")} like these");
    }

    /// <summary>What was added, in the tar's order, each once.</summary>
    public IReadOnlyList<PartMember> Members()
    {
        members.Sort((one, other) => one.Place.HeaderOffset.CompareTo(other.Place.HeaderOffset));
        var kept = 0;
        for (var at = 0; at < members.Count; at++)
        {
            if (kept == 0 || members[kept - 1].Place.HeaderOffset != members[at].Place.HeaderOffset)
                members[kept++] = members[at];
        }

        members.RemoveRange(kept, members.Count - kept);
        return members;
    }

    /// <summary>The hash by which headers are compared with what was chosen.</summary>
    /// <param name="path">Clean.</param>
    public static ulong Hash(ReadOnlySpan<byte> path) => XxHash3.HashToUInt64(path);

    private static bool IsBelowOne(byte[] path, HashSet<string> all)
    {
        var (text, at) = (Encoding.Latin1.GetString(path), path.Length);
        while (at > 0)
        {
            at = Math.Max(0, text.LastIndexOf('/', at - 1));
            if (all.Contains(text[..at]))
                return true;
        }

        return false;
    }

    private static string Where(List<CatalogEntry> chain) => chain.Count > HardLinks.MaxSteps
        ? $"is a hard link behind more than {HardLinks.MaxSteps} others"
        : $"is a hard link to '{MemberPath.Text(chain[^1].LinkName)}', which is not in the tar before it";

    private void Add(CatalogEntry entry)
    {
        var chain = links.Chain(entry, out var isWhole);
        foreach (var one in isWhole ? chain : [entry])
        {
            // Without a place it is a folder that no member names.
            if (one.Place is { } place && (ReferenceEquals(one, entry) || targets.Add(place.HeaderOffset)))
                members.Add(new PartMember(place, Hash(one.Path)));
        }

        if (!isWhole && dangling++ < MostNamed)
            notice($"'{MemberPath.Text(entry.Path)}' {Where(chain)}: the link goes alone, and cannot be extracted where its target is not");
    }
}
