using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>The journals of put sessions, in the state folder: a file for each, named by its id.</summary>
/// <remarks>Threading: any.</remarks>
/// <param name="path">Made when it is needed.</param>
/// <param name="ended">Told the id of a session with which nobody will go on.</param>
/// <param name="lapsed">Told of a put with which nobody went on.</param>
internal sealed class SessionFolder(string path, Action<string> ended, Action<JournalHead> lapsed)
{
    private const string JournalSuffix = ".put";

    /// <summary>Journals at the most: each is a put that nobody has ended. More are somebody's mistake, or attack.</summary>
    private const int MaxJournals = 4096;

    /// <summary>Where a session's journal is.</summary>
    public string PathOf(string id) => Path.Combine(path, id + JournalSuffix);

    /// <summary>Whose a session's journal is; null if there is none.</summary>
    public JournalHead? Head(string id) => IoErrors.Wrap(() => SessionJournal.HeadOf(PathOf(id)));

    /// <summary>Has room for one more.</summary>
    /// <exception cref="ServerBusyException">There are too many.</exception>
    public void EnsureRoom()
    {
        DurableFile.CreateFolder(path);
        if (Directory.EnumerateFiles(path, "*" + JournalSuffix).Count() >= MaxJournals)
            throw new ServerBusyException($"{MaxJournals} puts have been begun and not ended: as many as this server keeps");
    }

    /// <summary>Deletes a session's journal, unless a process works on it at this moment.</summary>
    public void Delete(string id)
    {
        SessionJournal.Delete(PathOf(id));
        ended(id);
    }

    /// <summary>Deletes what has rested for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isOpen">Whether a session is not at rest.</param>
    public void Sweep(DateTimeOffset now, Func<string, bool> isOpen)
    {
        try
        {
            if (!Directory.Exists(path))
                return;
            foreach (var journal in Directory.EnumerateFiles(path, "*" + JournalSuffix))
            {
                if (now - File.GetLastWriteTimeUtc(journal) > SessionJournal.RestOnDisk && Path.GetFileNameWithoutExtension(journal) is var id && !isOpen(id))
                {
                    if (Head(id) is { } head)
                        lapsed(head);
                    Delete(id);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StreamBack.Protocol.RepositoryException)
        {
            // The next minute comes.
        }
    }
}
