namespace StreamBack.Protocol.Catalogs;

/// <summary>
/// The path under which a view shows a member, and the key by which a catalog sorts it. Paths are bytes, their pieces joined by
/// single slashes; the root is the empty path. A key is the folder, a zero byte and the last piece, so that the entries of a folder
/// stand together; the root's is empty. Format: 8.1; do not change.
/// </summary>
public static class MemberPath
{
    private const byte Slash = (byte)'/';

    /// <summary>What a member's name means: as <c>tar x</c> has it, without what leads nowhere and all up to the last <c>..</c>.</summary>
    /// <param name="name">As it is in the tar.</param>
    /// <param name="path">Room for as many bytes as the name has; may be the name's own.</param>
    /// <returns>Bytes of the path.</returns>
    public static int Clean(ReadOnlySpan<byte> name, Span<byte> path)
    {
        var length = 0;
        while (!name.IsEmpty)
        {
            var end = name.IndexOf(Slash);
            var piece = end < 0 ? name : name[..end];
            name = end < 0 ? default : name[(end + 1)..];
            if (piece.SequenceEqual(".."u8))
            {
                length = 0;
            }
            else if (!piece.IsEmpty && !piece.SequenceEqual("."u8))
            {
                if (length > 0)
                    path[length++] = Slash;
                piece.CopyTo(path[length..]);
                length += piece.Length;
            }
        }

        return length;
    }

    /// <summary>What a member's name means, in memory of its own.</summary>
    /// <param name="name">As it is in the tar, or as a user gives it.</param>
    public static byte[] Clean(ReadOnlySpan<byte> name)
    {
        var path = new byte[name.Length];
        return path[..Clean(name, path)];
    }

    /// <summary>Makes the key of a path.</summary>
    /// <param name="path">Clean; in other memory than the key.</param>
    /// <param name="key">Room for one byte more than the path has.</param>
    /// <returns>Bytes of the key.</returns>
    public static int WriteKey(ReadOnlySpan<byte> path, Span<byte> key)
    {
        if (path.IsEmpty)
            return 0;
        var folder = Folder(path);
        var name = Name(path);
        folder.CopyTo(key);
        key[folder.Length] = 0;
        name.CopyTo(key[(folder.Length + 1)..]);
        return folder.Length + 1 + name.Length;
    }

    /// <summary>The key of a path.</summary>
    public static byte[] Key(ReadOnlySpan<byte> path)
    {
        var key = new byte[path.Length + 1];
        return key[..WriteKey(path, key)];
    }

    /// <summary>Compares paths as their keys are compared.</summary>
    public static int Compare(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        // The root has the empty key; in a key the byte behind the folder is lower than any of a path.
        if (one.IsEmpty || other.IsEmpty)
            return one.Length.CompareTo(other.Length);
        var folders = Folder(one).SequenceCompareTo(Folder(other));
        return folders != 0 ? folders : Name(one).SequenceCompareTo(Name(other));
    }

    /// <summary>The path that a key was made of.</summary>
    public static byte[] OfKey(ReadOnlySpan<byte> key)
    {
        var path = new byte[key.Length];
        var length = OfKey(key, path);
        return length == path.Length ? path : path[..length];
    }

    /// <summary>Makes the path that a key was made of.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">Room for as many bytes as the key has.</param>
    /// <returns>Bytes of the path.</returns>
    public static int OfKey(ReadOnlySpan<byte> key, Span<byte> path)
    {
        if (key is [0, ..])
            key = key[1..];
        key.CopyTo(path);
        path[..key.Length].Replace((byte)0, Slash);
        return key.Length;
    }

    /// <summary>What is legible of a path, or of a link's target.</summary>
    public static string Text(ReadOnlySpan<byte> path) => System.Text.Encoding.UTF8.GetString(path);

    /// <summary>A path's last piece; the root's is empty.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> path) => path[(path.LastIndexOf(Slash) + 1)..];

    /// <summary>The folder that a path is in; the root's is the root.</summary>
    public static ReadOnlySpan<byte> Folder(ReadOnlySpan<byte> path) => path[..Math.Max(path.LastIndexOf(Slash), 0)];
}
