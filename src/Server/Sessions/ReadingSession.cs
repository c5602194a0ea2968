using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>The session of who only reads: what it may come to need is not given back before it ends.</summary>
internal static class ReadingSession
{
    /// <summary>Opens one; null where nothing may be written, and which can be read all the same.</summary>
    public static ISessionLock? TryOpen(IFileStore store)
    {
        try
        {
            return store.OpenSession();
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException { HResult: Errno.ReadOnly or Errno.NoSpace or Errno.QuotaExceeded })
        {
            return null;
        }
    }
}
