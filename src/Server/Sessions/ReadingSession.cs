using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>The session of who only reads: what it may come to need is not given back before it ends.</summary>
internal static class ReadingSession
{
    // Linux errno: read-only, no room or no more files, and no more of these for this user.
    private const int ReadOnlyFiles = 30, NoSpace = 28, OverQuota = 122;

    /// <summary>Opens one; null where nothing may be written, and which can be read all the same.</summary>
    public static ISessionLock? TryOpen(IFileStore store)
    {
        try
        {
            return store.OpenSession();
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException { HResult: ReadOnlyFiles or NoSpace or OverQuota })
        {
            return null;
        }
    }
}
