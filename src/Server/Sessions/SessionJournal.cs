using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>
/// What a put that comes in several requests has durable so far, in the server's state folder: with it, another process goes on
/// where this one died. It holds ids and lengths of chunks, and no contents.
/// <para>
/// Format: docs/design/put-and-get.md. Entries of a <see cref="JournalFile"/>: <c>H</c> the head as JSON, first; <c>B</c> batches;
/// <c>G</c> what was new and stored so far, in place of any before; <c>C</c> the id of the snapshot that is about to appear. A file
/// with anything else in it is no journal.
/// </para>
/// </summary>
/// <remarks>
/// Threading: one thread at a time. Of two processes that hold it, the one that came later owns it: the other one's next entry
/// is refused.
/// </remarks>
internal sealed class SessionJournal : IDisposable
{
    /// <summary>How long one rests: a weekend's outage is gone on with.</summary>
    public static TimeSpan RestOnDisk { get; } = TimeSpan.FromDays(3);

    /// <summary>What the file beside it is called that says who goes on with it.</summary>
    public const string ClaimSuffix = ".claim";

    /// <summary>Chunks in one entry: 2 MiB.</summary>
    private const int MaxChunksInEntry = 1 << 16;

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
                Begin(head);
            Head = head ?? Read();
            Libc.UnlockFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The session's id.</summary>
    public string Id => Path.GetFileNameWithoutExtension(path);

    /// <summary>Whose it is, and what was asked for.</summary>
    public JournalHead Head { get; }

    private string ClaimPath => path + ClaimSuffix;

    /// <summary>The snapshot that was about to appear when it was opened; null if none was.</summary>
    public ObjectId? Appearing { get; private set; }

    /// <summary>What was new and stored when it was opened.</summary>
    public PutGrowth Growth { get; private set; }

    /// <summary>Begins one; durable when this returns.</summary>
    /// <param name="path">In a folder that is there.</param>
    public static SessionJournal Create(string path, JournalHead head) => new(path, head);

    /// <summary>Goes on with one.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if there is none, or this build cannot read it.</exception>
    public static SessionJournal Open(string path) => new(path, null);

    /// <summary>The head of the one in a file; null if there is none.</summary>
    public static JournalHead? HeadOf(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var at = 0L;
            return JournalFile.TryRead(file, ref at, out var kind, out var data) && kind == 'H' ? ReadHead(data.Span) : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
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
        for (var at = begin; JournalFile.TryRead(file, ref at, out var kind, out var data);)
        {
            if (kind != 'B')
                continue;
            foreach (var batch in JournalData.ReadBatches(data))
                yield return batch;
        }
    }

    /// <summary>Adds batches; durable when this returns.</summary>
    /// <param name="growth">What was new and stored of the whole put, with these.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if somebody else goes on with it.</exception>
    public void Add(IReadOnlyList<AskedBatch> batches, PutGrowth growth)
    {
        lock (gate)
        {
            // A commit has the lock already, and must not lose it to this.
            if (!committing)
                Libc.LockFile(file, wait: true);
            try
            {
                EnsureOwn();

                // First: what is sent again because only this was written is there already, and does not count twice.
                Append('G', JournalData.Write(growth));
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
            data.AddRange(JournalData.Write(batch));
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

    private static JournalHead? ReadHead(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, JournalJson.Default.JournalHead);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private JournalHead Read()
    {
        JournalHead? head = null;
        while (JournalFile.TryRead(file, ref length, out var kind, out var data))
        {
            if (head is null)
                (head, begin) = (kind == 'H' ? ReadHead(data.Span) : null, length);
            else if (kind == 'G' && JournalData.ReadGrowth(data.Span) is { } growth)
                Growth = growth;
            else if (kind == 'C' && data.Length == ObjectId.Size)
                Appearing = new ObjectId(data.Span);
            else if (kind != 'B' || !JournalData.AreBatches(data.Span))
                head = null;
            if (head is null)
                break;
        }

        return head ?? throw new RepositoryException(ErrorCode.NotFound, "There is no such put session, or none that this build can go on with");
    }

    // One that another process has begun at the same moment is lost to it: whoever asks twice is answered by the later one.
    private void Begin(JournalHead head)
    {
        RandomAccess.SetLength(file, 0);
        Append('H', JsonSerializer.SerializeToUtf8Bytes(head, JournalJson.Default.JournalHead));
        Libc.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private void Append(char kind, ReadOnlySpan<byte> data) => JournalFile.Write(file, ref length, kind, data);

    private void EnsureOwn()
    {
        if (!File.Exists(ClaimPath) || File.ReadAllText(ClaimPath) != claim)
            throw new RepositoryException(ErrorCode.Busy, "Another connection has gone on with this put");
    }
}
