using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Compares index files with the footers of the bundles that they cover: the records that each has of a bundle must be the
/// bundle's entries, all of them and none other.
/// </summary>
/// <remarks>
/// Threading: one thread. An index file tells entries by chunk id, all over its bundles, and a footer tells those of one bundle; sums
/// that know no order compare the two while each is read once. Memory: about 200 bytes a bundle.
/// </remarks>
internal sealed class IndexCheck(IFileStore store, RepositoryKeys keys, CancellationToken cancellation)
{
    private readonly Dictionary<ObjectId, EntrySum> footers = [];
    private readonly HashSet<ObjectId> uncovered = [];
    private bool merged;

    /// <summary>How many bundles that were added, and are still there, no index file covers; 0 if files were merged meanwhile, since then nobody knows.</summary>
    public int Uncovered(IEnumerable<ObjectId> there) => merged ? 0 : there.Count(uncovered.Contains);

    /// <summary>Notes what a bundle has.</summary>
    public void Add(BundleReader bundle)
    {
        footers[bundle.Id] = EntrySum.Of(bundle);
        uncovered.Add(bundle.Id);
    }

    /// <summary>Compares one index file with the bundles added; of others, damaged or gone, it may say anything.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public void Check(ObjectId id)
    {
        using var file = IndexFile.TryOpen(store, keys, id);
        if (file is null)
        {
            // Since it was listed, its records went into a file that was not.
            merged = true;
            return;
        }

        foreach (var (bundle, sum) in Sums(file))
        {
            if (footers.TryGetValue(bundle, out var footer) && sum != footer)
                throw new RepositoryException(ErrorCode.Corrupt, $"index file {id}: its {sum.Entries} records of bundle {bundle} are not that bundle's {footer.Entries} entries");
        }

        uncovered.ExceptWith(file.Bundles);
    }

    private Dictionary<ObjectId, EntrySum> Sums(IndexFile file)
    {
        var sums = new Dictionary<ObjectId, EntrySum>(file.Bundles.Count);
        foreach (var bundle in file.Bundles)
            sums[bundle] = default;
        foreach (var record in file.All())
        {
            cancellation.ThrowIfCancellationRequested();
            sums[record.Place.Bundle] = sums[record.Place.Bundle].Plus(record);
        }

        return sums;
    }
}
