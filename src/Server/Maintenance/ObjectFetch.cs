using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Fetches a stored file from other copies of the repository, by its name alone, and puts it in its place; what is there goes to quarantine. docs/design/replication.md, 3.</summary>
/// <param name="repository">Where it goes.</param>
/// <param name="sources">Where it may be, in this order.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class ObjectFetch(OpenRepository repository, IReadOnlyList<IObjectSource> sources, Action<string> notice, CancellationToken cancellation)
{
    /// <summary>Fetches a file.</summary>
    /// <param name="kind">Of this side: what is in the trash comes back to the trash.</param>
    /// <returns>Where it was right; null if it was nowhere.</returns>
    public string? Run(FileKind kind, ObjectId id)
    {
        if (kind.ToObject() is not { } asked)
            return null;
        foreach (var source in sources)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (source.Length(asked, id) is not { } length)
                    continue;
                using var intake = new ObjectIntake(repository, asked, id);
                using var file = new ObjectFile(source, asked, id, length);
                using var stream = new StoredFileStream(file, _ => { });
                intake.Run(new ObjectBody(stream), cancellation, () => Replace(kind, id));
                return source.Location;
            }
            catch (RepositoryException error) when (error.Code is ErrorCode.Usage or ErrorCode.Corrupt or ErrorCode.NotFound or ErrorCode.Busy or ErrorCode.Denied)
            {
                notice($"{source.Location} does not help: {error.Message}");
            }
        }

        return null;
    }

    private void Replace(FileKind kind, ObjectId id)
    {
        if (repository.Store.Length(kind, id) is not null)
            repository.Store.Quarantine(kind, id);
    }
}
