using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>
/// Where a repository's files are: write-once, named by the SHA-256 of their bytes, plus one config and some locks.
/// What every implementation must guarantee:
/// <list type="bullet">
/// <item>A file appears whole and durable under its name, or not at all; it never changes afterwards.</item>
/// <item>Writing a file that is there already succeeds and changes nothing.</item>
/// <item>A lock is let go when its holder dies.</item>
/// </list>
/// </summary>
/// <remarks>
/// Threading: any number of threads. Errors: framework I/O exceptions pass through; they are wrapped once, at the
/// service boundary.
/// </remarks>
internal interface IFileStore
{
    /// <summary>How users name this store, for messages.</summary>
    string Location { get; }

    /// <summary>The config file's bytes, or null if there is none.</summary>
    byte[]? ReadConfig();

    /// <summary>Makes a new repository's folders, then its config, durable when this returns.</summary>
    /// <param name="config">Its bytes.</param>
    /// <param name="keepKey">
    /// Keeps the new key safe, before there is a repository that needs it. If it throws, the same can be tried again.
    /// </param>
    /// <param name="isReplica">Whether it is to hold copies, of which somebody elsewhere says what it no longer needs.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if something is there already.</exception>
    void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false);

    /// <summary>Whether it was made to hold copies.</summary>
    bool IsReplica { get; }

    /// <summary>The ids of all files of a kind, in no order. Foreign and temporary names are passed over.</summary>
    List<ObjectId> List(FileKind kind);

    /// <summary>Opens a file, or returns null if it is not there. It stays readable when it is deleted meanwhile.</summary>
    IStoredFile? TryOpen(FileKind kind, ObjectId id);

    /// <summary>The same file in other places, where there are such: to be read when this one is missing or wrong.</summary>
    IEnumerable<IStoredFile> OpenCopies(FileKind kind, ObjectId id) => [];

    /// <summary>Whether the file is in another of these places.</summary>
    bool HasCopy(FileKind kind, ObjectId id) => false;

    /// <summary>The file's length in bytes, or null if it is not there.</summary>
    long? Length(FileKind kind, ObjectId id);

    /// <summary>Moves a damaged file to where only the owner deletes anything, under a name that nothing there has; durable when this returns.</summary>
    void Quarantine(FileKind kind, ObjectId id);

    /// <summary>Puts the config anew in its place; what is there goes where damaged files go. Durable when this returns.</summary>
    void ReplaceConfig(ReadOnlySpan<byte> config);

    /// <summary>Has the next read of a file come from the disk itself, not from what the machine remembers of it.</summary>
    void Forget(FileKind kind, ObjectId id);

    /// <summary>When a file got the name that it has, or came to where it is, by the clock of the machine that it is on; null if it is not there, or nobody knows.</summary>
    DateTime? Since(FileKind kind, ObjectId id);

    /// <summary>Begins a file. It has no name until <see cref="IFileWriter.Commit"/>.</summary>
    /// <param name="kind">What it will be.</param>
    /// <param name="session">A live session: its temporary files are swept only after its death.</param>
    IFileWriter Create(FileKind kind, ISessionLock session);

    /// <summary>Deletes a file; nothing happens if it is not there.</summary>
    void Delete(FileKind kind, ObjectId id);

    /// <summary>Makes deletions of a kind durable.</summary>
    void MakeDurable(FileKind kind);

    /// <summary>Makes the names of some files durable, whoever gave them these: one that was killed may not have come to it.</summary>
    void MakeDurable(FileKind kind, IEnumerable<ObjectId> ids)
    {
    }

    /// <summary>Moves a file to where those of another kind are, or back; durable when this returns.</summary>
    /// <returns>False if it is not there.</returns>
    bool Move(FileKind from, FileKind to, ObjectId id);

    /// <summary>Registers a session until it is disposed or its process dies.</summary>
    /// <param name="asked">
    /// The id of a session that was kept (<see cref="ISessionLock.Keep"/>) and goes on, 32 hex digits; null for a new one. If another
    /// process still has it, the session gets one of its own.
    /// </param>
    ISessionLock OpenSession(string? asked = null);

    /// <summary>Lets a session go that was kept, unless it lives.</summary>
    void EndSession(string session);

    /// <summary>The sessions that live, or rest and are kept alive (<see cref="ISessionLock.Keep"/>).</summary>
    IReadOnlyList<string> LiveSessions();

    /// <summary>When the session began that is alive for the longest time; null if none is.</summary>
    DateTime? OldestSession();

    /// <summary>Deletes what dead sessions left behind: temporary files and lock files.</summary>
    void SweepDeadSessions();

    /// <summary>Waits for a named lock and holds it until disposed.</summary>
    INamedLock Lock(string name);

    /// <summary>Takes a named lock if it is free; null if someone holds it.</summary>
    INamedLock? TryLock(string name);
}

/// <summary>A live session's mark in the store.</summary>
internal interface ISessionLock : IDisposable
{
    /// <summary>32 hex digits, random.</summary>
    string Session { get; }

    /// <summary>Has the session count as alive until then, even if its process dies; null: no longer than that.</summary>
    void Keep(DateTime? until);
}

/// <summary>A held lock, with a note that whoever holds it may leave to the next.</summary>
internal interface INamedLock : IDisposable
{
    /// <summary>The note; empty if there is none. It may be torn: it is written in place.</summary>
    byte[] ReadNote();

    /// <summary>Writes the note.</summary>
    void WriteNote(ReadOnlySpan<byte> note);
}

/// <summary>An open stored file.</summary>
/// <remarks>Threading: any number of threads.</remarks>
internal interface IStoredFile : IDisposable
{
    /// <summary>Bytes in the file.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>.</summary>
    /// <returns>False if the file ends before that.</returns>
    bool TryRead(long offset, Span<byte> destination);
}

/// <summary>A file being written. Dispose without <see cref="Commit"/> deletes it.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal interface IFileWriter : IDisposable
{
    /// <summary>Bytes written so far.</summary>
    long Length { get; }

    /// <summary>Appends bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Makes what was written durable, so that giving it its name does not take long.</summary>
    void Sync()
    {
    }

    /// <summary>Makes the file durable and gives it its name. Call once, last.</summary>
    /// <returns>The SHA-256 of what was written.</returns>
    ObjectId Commit();
}
