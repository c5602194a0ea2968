using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Dedup;

/// <summary>
/// Index files for who may not write into the repository (a get on read-only media, a check, a dry run), so that a lost index
/// costs no memory there either: sealed as ever, in a temporary folder, and without a name as soon as they are open.
/// </summary>
/// <remarks>Threading: one thread at a time. Owns the folder, made on first use and deleted on dispose.</remarks>
internal sealed class IndexSpill(RepositoryKeys keys) : IDisposable
{
    private string? folder;
    private LocalDirectory? store;
    private ISessionLock? session;

    /// <summary>Writes an index file and opens it.</summary>
    /// <param name="records">How many records there are.</param>
    /// <param name="fill">Adds them.</param>
    public IndexFile Write(long records, Action<IndexFileWriter> fill)
    {
        folder ??= Directory.CreateTempSubdirectory("streamback-index-").FullName;
        store ??= new LocalDirectory(folder, new Disk());
        session ??= store.OpenSession();
        using var writer = new IndexFileWriter(store, keys, session, records);
        fill(writer);
        var (id, _) = writer.Commit();
        var file = IndexFile.TryOpen(store, keys, id)
            ?? throw new RepositoryException(ErrorCode.Failed, $"Index file {id} vanished from {folder} after it was written");
        store.Delete(FileKind.Index, id);
        return file;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        session?.Dispose();
        if (folder is not null)
            Directory.Delete(folder, recursive: true);
        folder = null;
    }
}
