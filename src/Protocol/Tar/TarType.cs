namespace StreamBack.Protocol.Tar;

/// <summary>The type flags that mean something to the scanner; all others are members whose payload their size gives.</summary>
internal static class TarType
{
    public const byte OldFile = 0;
    public const byte File = (byte)'0';
    public const byte HardLink = (byte)'1';
    public const byte SymbolicLink = (byte)'2';
    public const byte CharacterDevice = (byte)'3';
    public const byte BlockDevice = (byte)'4';
    public const byte Directory = (byte)'5';
    public const byte Fifo = (byte)'6';
    public const byte ContiguousFile = (byte)'7';
    public const byte GnuDumpDirectory = (byte)'D';
    public const byte GnuLongLink = (byte)'K';
    public const byte GnuLongName = (byte)'L';
    public const byte GnuSparse = (byte)'S';
    public const byte VolumeLabel = (byte)'V';
    public const byte PaxGlobal = (byte)'g';
    public const byte PaxLocal = (byte)'x';
    public const byte SolarisLocal = (byte)'X';

    /// <summary>Whether it says something about members to come and is none itself.</summary>
    public static bool IsExtension(byte type)
        => IsLongName(type) || type is PaxGlobal or PaxLocal or SolarisLocal;

    /// <summary>Whether it is an extension that holds nothing but a name.</summary>
    public static bool IsLongName(byte type) => type is GnuLongLink or GnuLongName;

    /// <summary>Whether it is a directory, by its type or (before type '5' was) by the slash that ends its name.</summary>
    public static bool IsDirectory(byte type, ReadOnlySpan<byte> name) => type switch
    {
        Directory or GnuDumpDirectory => true,
        OldFile or File or ContiguousFile or GnuSparse => name is [.., (byte)'/'],
        _ => false,
    };

    /// <summary>
    /// Whether the size in a header is that of a payload. For links, devices, fifos and directories it is not: POSIX
    /// leaves it undefined, old tars put the linked file's size there, and GNU tar and libarchive extract nothing.
    /// </summary>
    public static bool HasPayload(byte type, ReadOnlySpan<byte> name) => type switch
    {
        HardLink or SymbolicLink or CharacterDevice or BlockDevice or Fifo => false,
        GnuDumpDirectory or GnuSparse => true,
        _ => !IsDirectory(type, name),
    };
}
