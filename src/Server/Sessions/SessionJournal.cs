using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// What a put that comes in several requests has durable so far, in the server's state folder: with it, another process goes on
/// where this one died. It holds ids and lengths of chunks, and no contents.
/// <para>
/// Format: entries, each a length (u32 LE), the first 8 bytes of the SHA-256 of what follows, and that: a letter and its data.
/// <c>H</c> the head as JSON, first; <c>B</c> batches: lane (u8), count (u32 LE), and for each chunk its id and length (u32 LE);
/// <c>C</c> the id of the snapshot that is about to appear. A torn entry at the end is none.
/// </para>
/// </summary>
/// <remarks>
/// Threading: one thread at a time. Of two processes that hold it, the one that came later owns it: the other one's next entry
/// is refused.
/// </remarks>
internal sealed class SessionJournal : IDisposable
{
    /// <summary>What the file beside it is called that says who goes on with it.</summary>
    public const string ClaimSuffix = ".claim";

    private const int CheckLength = 8;
    private const int PrefixLength = sizeof(uint) + CheckLength;
    private const int ChunkEntryLength = ChunkId.Length + sizeof(uint);

    /// <summary>Chunks in one entry: 2 MiB.</summary>
    private const int MaxChunksInEntry = 1 << 16;

    /// <summary>Bytes of an entry at the most, when one is read.</summary>
    private const int MaxEntryLength = 16 << 20;

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly object gate = new();
    private readonly string claim = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private bool committing;
    private long length;
    private long begin;

    private SessionJournal(string path, JournalHead? head)
    {
        this.path = path;
        file = Libc.OpenLockFile(path, create: head is not null) ?? throw new RepositoryException(ErrorCode.NotFound, "There is no such put session");
        try
        {
            Libc.LockFile(file, wait: true);
            DurableFile.ReplaceForFolderOwner(ClaimPath, System.Text.Encoding.ASCII.GetBytes(claim));
            if (head is not null)
                Append('H', JsonSerializer.SerializeToUtf8Bytes(head, JournalJson.Default.JournalHead));
            Head = head ?? Read();
            Libc.UnlockFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whose it is, and what was asked for.</summary>
    public JournalHead Head { get; }

    private string ClaimPath => path + ClaimSuffix;

    /// <summary>The snapshot that was about to appear when it was opened; null if none was.</summary>
    public ObjectId? Appearing { get; private set; }

    /// <summary>Begins one; durable when this returns.</summary>
    /// <param name="path">In a folder that is there.</param>
    public static SessionJournal Create(string path, JournalHead head) => new(path, head);

    /// <summary>Goes on with one.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Failed"/> if it cannot be read.</exception>
    public static SessionJournal Open(string path) => new(path, null);

    /// <summary>The head of the one in a file; null if there is none.</summary>
    public static JournalHead? HeadOf(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var at = 0L;
            return TryReadEntry(file, ref at, out var entry) && entry[0] == 'H'
                ? JsonSerializer.Deserialize(entry.AsSpan(1), JournalJson.Default.JournalHead)
                : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Deletes the one in a file, unless a process works on it at this moment.</summary>
    public static void Delete(string path)
    {
        using var file = Libc.OpenLockFile(path, create: false);
        if (file is null || !Libc.LockFile(file, wait: false))
            return;
        File.Delete(path);
        File.Delete(path + ClaimSuffix);
    }

    /// <summary>The batches that were durable when it was opened, read as they are asked for.</summary>
    public IEnumerable<AskedBatch> Batches()
    {
        for (var at = begin; TryReadEntry(file, ref at, out var entry);)
        {
            if (entry[0] != 'B')
                continue;
            foreach (var batch in ReadBatches(entry.AsMemory(1)))
                yield return batch;
        }
    }

    /// <summary>Adds batches; durable when this returns.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if somebody else goes on with it.</exception>
    public void Add(IReadOnlyList<AskedBatch> batches)
    {
        lock (gate)
        {
            // A commit has the lock already, and must not lose it to this.
            if (!committing)
                Libc.LockFile(file, wait: true);
            try
            {
                EnsureOwn();
                Append(batches);
            }
            finally
            {
                if (!committing)
                    Libc.UnlockFile(file);
            }
        }
    }

    private void Append(IReadOnlyList<AskedBatch> batches)
    {
        var data = new List<byte>();
        var chunks = 0;
        foreach (var batch in batches)
        {
            data.AddRange(Write(batch));
            chunks += batch.Ids.Length;
            if (chunks < MaxChunksInEntry)
                continue;
            Append('B', [.. data]);
            data.Clear();
            chunks = 0;
        }

        if (data.Count > 0)
            Append('B', [.. data]);
    }

    /// <summary>Lets a snapshot appear that nobody else lets appear.</summary>
    /// <param name="commit">Gets what to call with the snapshot's id, before there is a snapshot of that id.</param>
    public T Commit<T>(Func<Action<ObjectId>, T> commit)
    {
        lock (gate)
        {
            Libc.LockFile(file, wait: true);
            committing = true;
        }

        try
        {
            EnsureOwn();
            return commit(Announce);
        }
        finally
        {
            lock (gate)
            {
                committing = false;
                Libc.UnlockFile(file);
            }
        }
    }

    private void Announce(ObjectId snapshot)
    {
        lock (gate)
        {
            EnsureOwn();
            Append('C', snapshot.Bytes);
        }
    }

    /// <summary>Ends it: nobody can go on with it.</summary>
    public void Delete()
    {
        File.Delete(path);
        File.Delete(ClaimPath);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static byte[] Write(AskedBatch batch)
    {
        var bytes = new byte[1 + sizeof(uint) + batch.Ids.Length * ChunkEntryLength];
        bytes[0] = (byte)batch.Lane;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), batch.Ids.Length);
        var at = 1 + sizeof(uint);
        for (var number = 0; number < batch.Ids.Length; number++, at += ChunkEntryLength)
        {
            batch.Ids[number].WriteTo(bytes.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + ChunkId.Length), batch.Lengths[number]);
        }

        return bytes;
    }

    private static IEnumerable<AskedBatch> ReadBatches(ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
        {
            var count = BinaryPrimitives.ReadInt32LittleEndian(data.Span[1..]);
            var (ids, lengths) = (new ChunkId[count], new int[count]);
            var lane = (Lane)data.Span[0];
            data = data[(1 + sizeof(uint))..];
            for (var number = 0; number < count; number++, data = data[ChunkEntryLength..])
            {
                ids[number] = new ChunkId(data.Span);
                lengths[number] = BinaryPrimitives.ReadInt32LittleEndian(data.Span[ChunkId.Length..]);
            }

            yield return new AskedBatch(lane, ids, lengths, []);
        }
    }

    // What was torn off by a crash is written over by the next entry.
    private JournalHead Read()
    {
        JournalHead? head = null;
        while (TryReadEntry(file, ref length, out var entry))
        {
            var data = entry.AsSpan(1);
            switch ((char)entry[0])
            {
                case 'H':
                    head = JsonSerializer.Deserialize(data, JournalJson.Default.JournalHead);
                    begin = length;
                    break;
                case 'B':
                    break;
                case 'C':
                    Appearing = new ObjectId(data);
                    break;
                default:
                    throw new RepositoryException(ErrorCode.Unsupported, $"{path} has an entry '{(char)entry[0]}', which this build does not know");
            }
        }

        return head ?? throw new RepositoryException(ErrorCode.NotFound, "There is no such put session");
    }

    private static bool TryReadEntry(SafeFileHandle file, ref long at, out byte[] entry)
    {
        entry = [];
        Span<byte> prefix = stackalloc byte[PrefixLength];
        if (RandomAccess.Read(file, prefix, at) < prefix.Length)
            return false;
        var size = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (size is 0 or > MaxEntryLength)
            return false;
        entry = new byte[size];
        if (RandomAccess.Read(file, entry, at + PrefixLength) < entry.Length
            || !SHA256.HashData(entry).AsSpan(0, CheckLength).SequenceEqual(prefix[sizeof(uint)..]))
            return false;
        at += PrefixLength + entry.Length;
        return true;
    }

    private void Append(char kind, ReadOnlySpan<byte> data)
    {
        byte[] entry = [(byte)kind, .. data];
        var bytes = new byte[PrefixLength + entry.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, entry.Length);
        SHA256.HashData(entry).AsSpan(0, CheckLength).CopyTo(bytes.AsSpan(sizeof(uint)));
        entry.CopyTo(bytes.AsSpan(PrefixLength));
        RandomAccess.Write(file, bytes, length);
        RandomAccess.FlushToDisk(file);
        length += bytes.Length;
        if (kind == 'H')
            Libc.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private void EnsureOwn()
    {
        if (!File.Exists(ClaimPath) || File.ReadAllText(ClaimPath) != claim)
            throw new RepositoryException(ErrorCode.Busy, "Another connection has gone on with this put");
    }
}
