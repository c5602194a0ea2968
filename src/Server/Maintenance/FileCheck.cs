using System.Diagnostics;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Compares stored files with their names, which needs no key, and notes what is wrong.</summary>
/// <param name="store">Where they are.</param>
/// <param name="verified">Which bundles' bytes are next, and which have been verified.</param>
/// <param name="damage">Told what is wrong.</param>
/// <param name="progress">Told how many bytes have been read.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class FileCheck(IFileStore store, VerifiedBundles verified, Damage damage, TransferProgress progress, CancellationToken cancellation)
{
    /// <summary>Kinds whose files are read whole in every check.</summary>
    private static readonly FileKind[] SmallKinds = [FileKind.Key, FileKind.Label, FileKind.Removal, FileKind.Snapshot, FileKind.RemovedSnapshot, FileKind.Index];

    private readonly Stopwatch begun = Stopwatch.StartNew();

    /// <summary>Bytes that were read and are what names say.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Bytes of all small files.</summary>
    public long SmallBytes => SmallKinds.Sum(kind => store.List(kind).Sum(id => store.Length(kind, id) ?? 0));

    /// <summary>Does a step; damage that it runs into is noted.</summary>
    /// <returns>Whether there was none.</returns>
    public bool Guard(string what, Action step)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            step();
            return true;
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
        {
            damage.Add(what, error.Message);
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            damage.Add(what, $"{what}: {error.Message}");
            return false;
        }
    }

    /// <summary>Reads every small file.</summary>
    public void CheckSmall()
    {
        foreach (var kind in SmallKinds)
        {
            foreach (var id in store.List(kind))
                Guard($"{kind.Word()} {id}", () => CheckHash(kind, id));
        }
    }

    /// <summary>The bundles that make up a part, by their length: so that after as many checks as there are parts all of it was read.</summary>
    /// <param name="part">0 to 1.</param>
    public List<ObjectId> Choose(IReadOnlyCollection<ObjectId> bundles, double part)
    {
        var wanted = part * bundles.Sum(id => store.Length(FileKind.Bundle, id) ?? 0);
        var chosen = new List<ObjectId>();
        foreach (var id in verified.Order(bundles))
        {
            if (wanted <= 0)
                break;
            chosen.Add(id);
            wanted -= store.Length(FileKind.Bundle, id) ?? 0;
        }

        return chosen;
    }

    /// <summary>Reads bundles, as far as the request's bounds allow.</summary>
    /// <param name="bundles">All that there are.</param>
    /// <param name="chosen">Those to be read.</param>
    /// <param name="alsoCheck">What else is looked at in each; false if something is wrong.</param>
    /// <returns>How many were read.</returns>
    public int ReadBundles(IReadOnlyCollection<ObjectId> bundles, IReadOnlyCollection<ObjectId> chosen, CheckRequest request, Func<ObjectId, bool> alsoCheck)
    {
        var (read, before) = (0, BytesRead);
        try
        {
            foreach (var id in chosen.TakeWhile(_ => !(begun.Elapsed > request.MaxTime || BytesRead - before >= request.MaxBytes)))
            {
                // One that only hashes wrongly may still give its chunks; those that it does not are found.
                var isThere = false;
                var isSound = Guard($"bundle {id}", () => isThere = CheckHash(FileKind.Bundle, id) || CheckHash(FileKind.UnusedBundle, id));
                isSound &= alsoCheck(id);
                read++;
                if (isSound && isThere)
                    verified.Add(id);
            }
        }
        finally
        {
            if (chosen.Count > 0)
                verified.Save(bundles.ToHashSet());
        }

        return read;
    }

    private bool CheckHash(FileKind kind, ObjectId id) => FileHash.EnsureRight(store, kind, id, read =>
    {
        BytesRead += read;
        progress.Bytes += read;
    }, cancellation);
}
