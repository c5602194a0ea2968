namespace StreamBack.Protocol;

/// <summary>Linux error numbers, which .NET keeps in <see cref="Exception.HResult"/> of what a system call failed with (errno(3)).</summary>
public static class Errno
{
    /// <summary>EIO: the disk cannot read it.</summary>
    public const int InputOutput = 5;

    /// <summary>ENOSPC: no room, or no more files.</summary>
    public const int NoSpace = 28;

    /// <summary>EROFS: nothing can be written.</summary>
    public const int ReadOnly = 30;

    /// <summary>EDQUOT: no more room for this user.</summary>
    public const int QuotaExceeded = 122;
}
