using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamBack.Server.Storage;

/// <summary>
/// The system calls that .NET does not offer: advisory locks of one's own choosing (its file classes take their own) and
/// making a folder durable, what tells one state of a file from another, and whose it is. Constants are those of Linux on x86-64.
/// </summary>
internal static partial class Libc
{
    private const string Library = "libc";
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int CreateFlag = 0x40;
    private const int NewOnly = 0x80; // O_EXCL
    private const int FolderOnly = 0x10000; // O_DIRECTORY
    private const int NoLink = 0x20000; // O_NOFOLLOW
    private const int CloseOnExec = 0x80000;
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int Unlock = 8;
    private const int NotNeeded = 4; // POSIX_FADV_DONTNEED
    private const int WouldBlock = 11;
    private const int Interrupted = 4;
    private const int NoEntry = 2;
    private const int NotPermitted = 1;
    private const int NotThere = 38; // ENOSYS
    private const int NotSupported = 95;
    private const uint OwnerOnly = 0x180; // 0600
    private const uint OthersMasked = 0x3f; // 0077
    private const int NonBlockingOpen = 0x800;
    private const int NoDevice = 6; // what opening a socket answers
    private const int NoFolder = 20;
    private const int HereFolder = -100; // AT_FDCWD
    private const uint BasicFacts = 0x7ff; // STATX_BASIC_STATS
    private const int KindMask = 0xf000;
    private const int RegularFile = 0x8000;

    /// <summary>Opens a lock file, made if <paramref name="create"/>; null if it is not there.</summary>
    public static SafeFileHandle? OpenLockFile(string path, bool create)
    {
        // Only what was made here may be given away: an old file, or a link, may be anything.
        if (create && open(path, ReadWrite | CloseOnExec | CreateFlag | NewOnly, OwnerOnly) is >= 0 and var made)
        {
            var file = new SafeFileHandle(made, ownsHandle: true);
            FolderOwner.Give(file, path);
            return file;
        }

        var descriptor = open(path, ReadWrite | CloseOnExec | (create ? CreateFlag : 0), OwnerOnly);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        return error == NoEntry && !create ? null : throw Failure(error, path);
    }

    /// <summary>Takes the exclusive lock of an open file.</summary>
    /// <returns>False if someone else has it and <paramref name="wait"/> is false.</returns>
    public static bool LockFile(SafeFileHandle file, bool wait)
    {
        while (flock(file, Exclusive | (wait ? 0 : NonBlocking)) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
                return false;
            if (error != Interrupted)
                throw Failure(error, "lock file");
        }

        return true;
    }

    /// <summary>Lets the lock of an open file go.</summary>
    public static void UnlockFile(SafeFileHandle file) => _ = flock(file, Unlock);

    /// <summary>Has the kernel forget what it remembers of a file's bytes, as far as they are on the disk.</summary>
    public static void DropCached(SafeFileHandle file) => _ = posix_fadvise(file, 0, 0, NotNeeded);

    /// <summary>Makes a folder's entries durable.</summary>
    public static void SyncFolder(string path)
    {
        var descriptor = open(path, ReadOnly | CloseOnExec, 0);
        if (descriptor < 0)
            throw Failure(Marshal.GetLastPInvokeError(), path);
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (fsync(folder) != 0)
            throw Failure(Marshal.GetLastPInvokeError(), path);
    }

    /// <summary>The state of a regular file; the default if there is none at the path.</summary>
    public static FileStamp Stamp(string path)
    {
        if (statx(HereFolder, path, 0, BasicFacts, out var facts) == 0)
            return (facts.Mode & KindMask) == RegularFile ? new FileStamp(facts.Inode, facts.Length, facts.ChangedSeconds, facts.ChangedNanoseconds) : default;
        var error = Marshal.GetLastPInvokeError();
        return error is NoEntry or NoFolder ? default : throw Failure(error, path);
    }

    /// <summary>Opens a folder; a link to one is none.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        var descriptor = open(path, ReadOnly | CloseOnExec | FolderOnly | NoLink, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError(), path);
    }

    /// <summary>Whose a file or folder is. Links are followed.</summary>
    public static (uint User, uint Group) OwnerOf(string path) => statx(HereFolder, path, 0, BasicFacts, out var facts) == 0
        ? (facts.User, facts.Group)
        : throw Failure(Marshal.GetLastPInvokeError(), path);

    /// <summary>Gives an open file or folder to somebody.</summary>
    /// <returns>False where this may not be done, or the file system knows no owners.</returns>
    public static bool TryGive(SafeFileHandle file, string path, (uint User, uint Group) owner)
    {
        if (fchown(file, owner.User, owner.Group) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        return error is NotPermitted or NotThere or NotSupported ? false : throw Failure(error, path);
    }

    /// <summary>Whether a path is a Unix socket.</summary>
    public static bool IsSocket(string path)
    {
        var descriptor = open(path, ReadOnly | CloseOnExec | NonBlockingOpen, 0);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError() == NoDevice;
        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        return false;
    }

    /// <summary>From here on, whatever this process makes is for its owner only.</summary>
    /// <returns>The mask before, for <see cref="SetFileMask"/>.</returns>
    public static uint MaskOthers() => umask(OthersMasked);

    /// <summary>Sets the process's file mode mask.</summary>
    public static void SetFileMask(uint mask) => _ = umask(mask);

    // HResult carries the errno, as in the framework's own I/O exceptions.
    private static IOException Failure(int error, string path) => new($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out Facts facts);

    [LibraryImport(Library)]
    private static partial uint umask(uint mask);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fchown(SafeFileHandle file, uint user, uint group);

    [LibraryImport(Library)]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    // struct statx of linux/stat.h: 256 bytes.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Facts
    {
        [FieldOffset(20)]
        public uint User;
        [FieldOffset(24)]
        public uint Group;
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(40)]
        public long Length;
        [FieldOffset(96)]
        public long ChangedSeconds;
        [FieldOffset(104)]
        public uint ChangedNanoseconds;
    }
}
