using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>A live session's lock file. It is empty, or says until when the session counts as alive without its process.</summary>
/// <param name="session">Its id.</param>
/// <param name="file">The locked file; owned.</param>
/// <param name="path">Deleted in the end, unless the session is to be kept.</param>
internal sealed class LocalSessionLock(string session, SafeFileHandle file, string path) : ISessionLock
{
    private bool isKept;

    /// <inheritdoc/>
    public string Session { get; } = session;

    /// <summary>Whether the session of a lock file that nobody holds is to be kept.</summary>
    /// <param name="file">Open.</param>
    public static bool IsKept(SafeFileHandle file) =>
        DateTime.TryParseExact(Encoding.ASCII.GetString(LockNote.Read(file)), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var until)
        && until > DateTime.UtcNow;

    /// <inheritdoc/>
    public void Keep(DateTime? until)
    {
        isKept = until is not null;
        LockNote.Write(file, Encoding.ASCII.GetBytes(until?.ToString("O", CultureInfo.InvariantCulture) ?? ""));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (file.IsClosed)
            return;
        try
        {
            if (!isKept)
                File.Delete(path);
        }
        finally
        {
            file.Dispose();
        }
    }
}
