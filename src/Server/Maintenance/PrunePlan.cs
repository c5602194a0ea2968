using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Maintenance;

/// <summary>What is known of a bundle when it is decided what becomes of it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Class">Who may open it.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Used">Of these, how many are left without what is of no use; 0 if nothing is of use.</param>
/// <param name="MayBeRewritten">Whether it can be written anew.</param>
/// <param name="MayBeJoined">Whether it can be written anew together with others.</param>
internal readonly record struct BundleUse(ObjectId Id, ChunkClass Class, long Length, long Used, bool MayBeRewritten, bool MayBeJoined);

/// <summary>What a prune does with each bundle. Made of nothing but what is known of them, so that it can be printed before it is done.</summary>
/// <param name="Unused">Of no use: they go.</param>
/// <param name="Rewritten">What is of use in them is written into new ones; then they go.</param>
/// <param name="Kept">Stay as they are.</param>
internal sealed record PrunePlan(IReadOnlyList<BundleUse> Unused, IReadOnlyList<BundleUse> Rewritten, IReadOnlyList<BundleUse> Kept)
{
    /// <summary>Bundles below this are small, bytes: a quarter of what a full one has.</summary>
    public const long SmallLength = BundleWriter.SoftLength / 4;

    /// <summary>Of what is kept this part may be of no use: writing more anew costs more than the room is worth (docs/design/removal.md, 4).</summary>
    private const double MostWaste = 0.05;

    /// <summary>So many small ones of a class are joined; fewer are not worth the writing.</summary>
    private const int ManySmall = 16;

    /// <summary>Decides.</summary>
    public static PrunePlan Make(IReadOnlyCollection<BundleUse> bundles)
    {
        var used = bundles.Where(bundle => bundle.Used > 0).ToList();
        var rewritten = new HashSet<BundleUse>();
        var waste = used.Sum(bundle => bundle.Length - bundle.Used);
        var most = MostWaste * used.Sum(bundle => bundle.Used);

        // The emptiest first: they give the most for the least writing.
        foreach (var bundle in used.Where(bundle => bundle.MayBeRewritten && bundle.Used < bundle.Length).OrderBy(bundle => (double)bundle.Used / bundle.Length).ThenBy(bundle => bundle.Id))
        {
            if (waste <= most)
                break;
            rewritten.Add(bundle);
            waste -= bundle.Length - bundle.Used;
        }

        foreach (var small in used.Where(bundle => bundle.MayBeJoined && bundle.Length < SmallLength).GroupBy(bundle => bundle.Class))
        {
            if (small.Count() >= ManySmall)
                rewritten.UnionWith(small);
        }

        return new PrunePlan(
            [.. bundles.Where(bundle => bundle.Used == 0).OrderBy(bundle => bundle.Id)],
            [.. rewritten.OrderBy(bundle => bundle.Id)],
            [.. used.Where(bundle => !rewritten.Contains(bundle)).OrderBy(bundle => bundle.Id)]);
    }
}
