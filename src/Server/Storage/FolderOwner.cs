using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>
/// What root makes in somebody else's folder is that one's, so that a server which runs as them can read it. Where nobody may give
/// things away, or the file system knows no owners, it stays as it was made.
/// </summary>
/// <remarks>Who owns a folder may put links into it: only open files are given away, and only those that were made here.</remarks>
internal static class FolderOwner
{
    private const uint Root = 0;

    /// <summary>Gives a file that this process has just made to the owner of the folder that it is in.</summary>
    /// <param name="made">The open file.</param>
    /// <param name="path">Where it is.</param>
    public static void Give(SafeFileHandle made, string path)
    {
        if (Environment.IsPrivilegedProcess && OwnerAbove(path) is { User: not Root } owner)
            _ = Libc.TryGive(made, path, owner);
    }

    /// <summary>Gives a folder to the owner of the folder that it is in, if it is root's.</summary>
    // Another process of root's may have made it, and not have come so far.
    public static void GiveFolder(string path)
    {
        if (!Environment.IsPrivilegedProcess || OwnerAbove(path) is not { User: not Root } owner || Libc.OwnerOf(path).User != Root)
            return;
        using var folder = Libc.OpenFolder(path);
        _ = Libc.TryGive(folder, path, owner);
    }

    private static (uint User, uint Group) OwnerAbove(string path) => Libc.OwnerOf(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
}
