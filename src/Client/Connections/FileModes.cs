namespace StreamBack.Client.Connections;

/// <summary>Who else may use a file that is one's own.</summary>
internal static class FileModes
{
    /// <summary>Warns, in a line, if others may do with a file what they should not.</summary>
    /// <param name="forbidden">What nobody but the owner should.</param>
    /// <param name="path">The file.</param>
    /// <param name="what">Goes on after its path.</param>
    /// <param name="warn">Told the line.</param>
    public static void WarnIfOthersMay(UnixFileMode forbidden, string path, string what, Action<string> warn)
    {
        if (File.Exists(path) && (File.GetUnixFileMode(path) & forbidden) != 0)
            warn($"{path} {what}: chmod 600 it");
    }
}
