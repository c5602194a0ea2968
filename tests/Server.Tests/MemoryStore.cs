using System.Collections.Concurrent;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests;

/// <summary>Files in memory, for tests of what is written rather than of how.</summary>
internal sealed class MemoryStore : IFileStore
{
    private readonly ConcurrentDictionary<(FileKind, ObjectId), byte[]> files = new();
    private readonly ConcurrentDictionary<(FileKind, ObjectId), int> opens = new();
    private byte[]? config;

    public string Location => "memory";

    public ISessionLock Session { get; } = new NoLock();

    /// <summary>The bytes of a file; setting them keeps its name, as damage does.</summary>
    public byte[] this[FileKind kind, ObjectId id]
    {
        get => files[(kind, id)];
        set => files[(kind, id)] = value;
    }

    public ObjectId Add(FileKind kind, byte[] bytes)
    {
        var id = new ObjectId(SHA256.HashData(bytes));
        files[(kind, id)] = bytes;
        return id;
    }

    /// <summary>How often a file has been opened; forgotten when it is deleted.</summary>
    public int Opens(FileKind kind, ObjectId id) => opens.GetValueOrDefault((kind, id));

    public byte[]? ReadConfig() => config;

    public bool IsReplica => false;

    public void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false) => this.config = config.ToArray();

    /// <summary>Bundles that another place has as well.</summary>
    public HashSet<ObjectId> Copied { get; } = [];

    public bool HasCopy(FileKind kind, ObjectId id) => Copied.Contains(id);

    /// <summary>Called after each listing.</summary>
    public Action<FileKind>? Listed { get; set; }

    public List<ObjectId> List(FileKind kind)
    {
        List<ObjectId> listed = [.. files.Keys.Where(key => key.Item1 == kind).Select(key => key.Item2)];
        Listed?.Invoke(kind);
        return listed;
    }

    public IStoredFile? TryOpen(FileKind kind, ObjectId id)
    {
        opens.AddOrUpdate((kind, id), 1, (_, count) => count + 1);
        return files.TryGetValue((kind, id), out var bytes) ? new StoredBytes(bytes) : null;
    }

    public long? Length(FileKind kind, ObjectId id) => files.TryGetValue((kind, id), out var bytes) ? bytes.Length : null;

    public void Quarantine(FileKind kind, ObjectId id) => Delete(kind, id);

    public void ReplaceConfig(ReadOnlySpan<byte> config) => this.config = config.ToArray();

    public void Forget(FileKind kind, ObjectId id)
    {
    }

    /// <summary>When names changed; null for a store that does not know.</summary>
    public Dictionary<(FileKind Kind, ObjectId Id), DateTime>? Times { get; set; }

    public DateTime? Since(FileKind kind, ObjectId id) => Times?.TryGetValue((kind, id), out var time) == true ? time : null;

    public IFileWriter Create(FileKind kind, ISessionLock session) => new Writer(this, kind);

    public void Delete(FileKind kind, ObjectId id)
    {
        files.TryRemove((kind, id), out _);
        opens.TryRemove((kind, id), out _);
    }

    public void MakeDurable(FileKind kind)
    {
    }

    public bool Move(FileKind from, FileKind to, ObjectId id)
    {
        if (Times is not null)
            Times[(to, id)] = DateTime.UtcNow;
        return files.TryRemove((from, id), out var bytes) && files.TryAdd((to, id), bytes);
    }

    public void EndSession(string session)
    {
    }

    public IReadOnlyList<string> LiveSessions() => [];

    public DateTime? OldestSession() => null;

    public ISessionLock OpenSession(string? asked = null) => Session;

    public void SweepDeadSessions()
    {
    }

    public INamedLock Lock(string name) => new NoLock();

    public INamedLock? TryLock(string name) => new NoLock();

    private sealed class StoredBytes(byte[] bytes) : IStoredFile
    {
        public long Length => bytes.Length;

        public bool TryRead(long offset, Span<byte> destination)
        {
            if (offset < 0 || offset > bytes.Length - destination.Length)
                return false;
            bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return true;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Writer(MemoryStore store, FileKind kind) : IFileWriter
    {
        private readonly List<byte> bytes = [];

        public long Length => bytes.Count;

        public void Write(ReadOnlySpan<byte> more) => bytes.AddRange(more);

        public ObjectId Commit() => store.Add(kind, [.. bytes]);

        public void Dispose()
        {
        }
    }
}
