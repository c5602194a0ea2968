using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>A store that is read, and whose files other folders hold as well: what is missing in it, or wrong, is read from one of these.</summary>
/// <param name="own">The repository's own.</param>
/// <param name="copies">The others.</param>
/// <param name="notice">Told what was read from elsewhere, once for each file: a line for people.</param>
/// <remarks>Threading: any number of threads. Only reading goes to the copies.</remarks>
internal sealed class CopiedStore(IFileStore own, IReadOnlyList<IFileStore> copies, Action<string> notice) : IFileStore
{
    private readonly HashSet<ObjectId> told = [];

    /// <inheritdoc/>
    public string Location => own.Location;

    /// <inheritdoc/>
    public byte[]? ReadConfig() => own.ReadConfig();

    /// <inheritdoc/>
    public void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false) => own.CreateConfig(config, keepKey, isReplica);

    /// <inheritdoc/>
    public List<ObjectId> List(FileKind kind) => own.List(kind);

    /// <inheritdoc/>
    public bool HasCopy(FileKind kind, ObjectId id) => copies.Any(copy => copy.Length(kind, id) is not null);

    /// <inheritdoc/>
    public IStoredFile? TryOpen(FileKind kind, ObjectId id) => own.TryOpen(kind, id);

    /// <inheritdoc/>
    public IEnumerable<IStoredFile> OpenCopies(FileKind kind, ObjectId id)
    {
        foreach (var copy in copies)
        {
            if (TryOpen(copy, kind, id) is not { } file)
                continue;
            lock (told)
            {
                if (told.Add(id))
                    notice($"{kind.Word()} {id} is damaged or missing in {own.Location}, and read from {copy.Location}: streamback check --repair mends it");
            }

            yield return file;
        }
    }

    /// <inheritdoc/>
    public long? Length(FileKind kind, ObjectId id) => own.Length(kind, id);

    /// <inheritdoc/>
    public DateTime? Since(FileKind kind, ObjectId id) => own.Since(kind, id);

    /// <inheritdoc/>
    public bool IsReplica => own.IsReplica;

    /// <inheritdoc/>
    public void Quarantine(FileKind kind, ObjectId id) => own.Quarantine(kind, id);

    /// <inheritdoc/>
    public void ReplaceConfig(ReadOnlySpan<byte> config) => own.ReplaceConfig(config);

    /// <inheritdoc/>
    public void Forget(FileKind kind, ObjectId id) => own.Forget(kind, id);

    /// <inheritdoc/>
    public IFileWriter Create(FileKind kind, ISessionLock session) => own.Create(kind, session);

    /// <inheritdoc/>
    public void Delete(FileKind kind, ObjectId id) => own.Delete(kind, id);

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind) => own.MakeDurable(kind);

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind, IEnumerable<ObjectId> ids) => own.MakeDurable(kind, ids);

    /// <inheritdoc/>
    public bool Move(FileKind from, FileKind to, ObjectId id) => own.Move(from, to, id);

    /// <inheritdoc/>
    public ISessionLock OpenSession(string? asked = null) => own.OpenSession(asked);

    /// <inheritdoc/>
    public void EndSession(string session) => own.EndSession(session);

    /// <inheritdoc/>
    public IReadOnlyList<string> LiveSessions() => own.LiveSessions();

    /// <inheritdoc/>
    public DateTime? OldestSession() => own.OldestSession();

    /// <inheritdoc/>
    public void SweepDeadSessions() => own.SweepDeadSessions();

    /// <inheritdoc/>
    public INamedLock Lock(string name) => own.Lock(name);

    /// <inheritdoc/>
    public INamedLock? TryLock(string name) => own.TryLock(name);

    // A disk that is gone is no reason not to read.
    private static IStoredFile? TryOpen(IFileStore copy, FileKind kind, ObjectId id)
    {
        try
        {
            return copy.TryOpen(kind, id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
