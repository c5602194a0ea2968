using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>A store that is read as it is, and in which nothing is written: files only get their names and lengths.</summary>
internal sealed class DryRunStore(IFileStore store) : IFileStore
{
    /// <inheritdoc/>
    public string Location => store.Location;

    /// <inheritdoc/>
    public byte[]? ReadConfig() => store.ReadConfig();

    /// <inheritdoc/>
    public void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false) => throw new NotSupportedException();

    /// <inheritdoc/>
    public List<ObjectId> List(FileKind kind) => store.List(kind);

    /// <inheritdoc/>
    public IStoredFile? TryOpen(FileKind kind, ObjectId id) => store.TryOpen(kind, id);

    /// <inheritdoc/>
    public long? Length(FileKind kind, ObjectId id) => store.Length(kind, id);

    /// <inheritdoc/>
    public bool IsReplica => store.IsReplica;

    /// <inheritdoc/>
    public void Quarantine(FileKind kind, ObjectId id) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void ReplaceConfig(ReadOnlySpan<byte> config) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Forget(FileKind kind, ObjectId id)
    {
    }

    /// <inheritdoc/>
    public DateTime? Since(FileKind kind, ObjectId id) => store.Since(kind, id);

    /// <inheritdoc/>
    public IFileWriter Create(FileKind kind, ISessionLock session) => new CountingWriter();

    /// <inheritdoc/>
    public void Delete(FileKind kind, ObjectId id)
    {
    }

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind)
    {
    }

    /// <inheritdoc/>
    public bool Move(FileKind from, FileKind to, ObjectId id) => false;

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

    private sealed class CountingWriter : IFileWriter
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public long Length { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            Length += bytes.Length;
        }

        public ObjectId Commit() => new(hash.GetCurrentHash());

        public void Dispose() => hash.Dispose();
    }
}
