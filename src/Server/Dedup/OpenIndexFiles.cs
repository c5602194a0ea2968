using System.Runtime.CompilerServices;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Dedup;

/// <summary>
/// The index files that the sessions of one process have open in one store, each once however many use it: its directory and filter
/// are memory that grows with the repository.
/// </summary>
/// <remarks>
/// Which files there are is looked up by each session for itself; a file never changes, so that sharing one hides nothing. Threading: any.
/// </remarks>
internal sealed class OpenIndexFiles
{
    private static readonly ConditionalWeakTable<IFileStore, OpenIndexFiles> ByStore = [];

    private readonly Dictionary<ObjectId, (IndexFile File, int Holders)> open = [];

    /// <summary>Those of a store.</summary>
    public static OpenIndexFiles Of(IFileStore store) => ByStore.GetOrCreateValue(store);

    /// <summary>Opens an index file, or holds one that is open; null if it is not there.</summary>
    /// <returns>The caller calls <see cref="Release"/> in the end.</returns>
    /// <exception cref="RepositoryException">As <see cref="IndexFile.TryOpen"/>.</exception>
    public IndexFile? TryHold(IFileStore store, RepositoryKeys keys, ObjectId id)
    {
        lock (open)
        {
            if (!open.TryGetValue(id, out var held))
                held = (IndexFile.TryOpen(store, keys, id)!, 0);
            if (held.File is not null)
                open[id] = (held.File, held.Holders + 1);
            return held.File;
        }
    }

    /// <summary>Lets go of a file, which is closed when nobody holds it.</summary>
    public void Release(IndexFile file)
    {
        lock (open)
        {
            // One that was opened elsewhere, as a temporary one is, has one owner.
            if (!open.TryGetValue(file.Id, out var held) || held.File != file)
            {
                file.Dispose();
                return;
            }

            if (held.Holders > 1)
            {
                open[file.Id] = (file, held.Holders - 1);
                return;
            }

            open.Remove(file.Id);
            file.Dispose();
        }
    }
}
