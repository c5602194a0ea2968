using System.Collections.Concurrent;
using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>The files of an <see cref="IObjectSource"/> as a store that is only read. It holds no keys, and nothing is locked.</summary>
/// <remarks>Threading: any number of threads. Memory: 48 bytes for each file that was listed.</remarks>
internal sealed class ObjectStore(IObjectSource source) : IFileStore
{
    // Files never change, so a length that was told once saves a question for each time that the file is opened.
    private readonly ConcurrentDictionary<(ObjectKind Kind, ObjectId Id), long> lengths = new();

    /// <inheritdoc/>
    public string Location => source.Location;

    /// <inheritdoc/>
    public byte[]? ReadConfig() => source.ReadConfig();

    /// <inheritdoc/>
    public void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false) => throw new NotSupportedException();

    /// <inheritdoc/>
    public List<ObjectId> List(FileKind kind)
    {
        var ids = new List<ObjectId>();
        if (kind.ToObject() is not { } known)
            return ids;
        foreach (var stored in source.List(known))
        {
            lengths[(known, stored.Id)] = stored.Length;
            ids.Add(stored.Id);
        }

        return ids;
    }

    /// <inheritdoc/>
    public IStoredFile? TryOpen(FileKind kind, ObjectId id) =>
        Length(kind, id) is { } length ? new ObjectFile(source, kind.ToObject()!.Value, id, length) : null;

    /// <inheritdoc/>
    public long? Length(FileKind kind, ObjectId id)
    {
        if (kind.ToObject() is not { } known)
            return null;
        if (lengths.TryGetValue((known, id), out var length))
            return length;
        if (source.Length(known, id) is not { } told)
            return null;
        return lengths[(known, id)] = told;
    }

    /// <inheritdoc/>
    public bool IsReplica => false;

    /// <inheritdoc/>
    public void Quarantine(FileKind kind, ObjectId id) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void ReplaceConfig(ReadOnlySpan<byte> config) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Forget(FileKind kind, ObjectId id)
    {
    }

    /// <inheritdoc/>
    public DateTime? Since(FileKind kind, ObjectId id) => null;

    /// <inheritdoc/>
    public IFileWriter Create(FileKind kind, ISessionLock session) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Delete(FileKind kind, ObjectId id)
    {
    }

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind)
    {
    }

    /// <inheritdoc/>
    public bool Move(FileKind from, FileKind to, ObjectId id) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void EndSession(string session)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> LiveSessions() => [];

    /// <inheritdoc/>
    public DateTime? OldestSession() => null;

    /// <inheritdoc/>
    public ISessionLock OpenSession(string? asked = null) => new NoLock();

    /// <inheritdoc/>
    public void SweepDeadSessions()
    {
    }

    /// <inheritdoc/>
    public INamedLock Lock(string name) => new NoLock();

    /// <inheritdoc/>
    public INamedLock? TryLock(string name) => new NoLock();
}
