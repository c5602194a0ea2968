using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>What a member is, in JSON and on a terminal.</summary>
public static class MemberTypes
{
    /// <summary>A file with contents.</summary>
    public const string File = "file";

    /// <summary>A folder.</summary>
    public const string Folder = "folder";

    /// <summary>Another name of a member.</summary>
    public const string HardLink = "hardlink";

    /// <summary>A symbolic link.</summary>
    public const string SymbolicLink = "symlink";

    /// <summary>A character device.</summary>
    public const string CharacterDevice = "char";

    /// <summary>A block device.</summary>
    public const string BlockDevice = "block";

    /// <summary>A named pipe.</summary>
    public const string Fifo = "fifo";

    /// <summary>What an entry is. A type that is not known is a file to every reader of tars.</summary>
    public static string Of(CatalogEntry entry) => entry.IsFolder ? Folder : entry.Type switch
    {
        TarType.HardLink => HardLink,
        TarType.SymbolicLink => SymbolicLink,
        TarType.CharacterDevice => CharacterDevice,
        TarType.BlockDevice => BlockDevice,
        TarType.Fifo => Fifo,
        _ => File,
    };

    /// <summary>The type flag of what JSON calls so.</summary>
    internal static byte Flag(string type) => type switch
    {
        Folder => TarType.Directory,
        HardLink => TarType.HardLink,
        SymbolicLink => TarType.SymbolicLink,
        CharacterDevice => TarType.CharacterDevice,
        BlockDevice => TarType.BlockDevice,
        Fifo => TarType.Fifo,
        _ => TarType.File,
    };
}
