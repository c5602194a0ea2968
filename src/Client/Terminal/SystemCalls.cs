using System.Runtime.InteropServices;

namespace StreamBack.Client.Terminal;

/// <summary>
/// Standard input and output by hand: reads that can be given up on a signal, writes where the shell says, pipes of a
/// mebibyte. Constants are those of Linux on x86-64.
/// </summary>
internal static unsafe partial class SystemCalls
{
    private const string Library = "libc";
    private const short PollIn = 1;
    private const short PollOut = 4;
    private const int SetPipeSize = 1031;
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 2048; // O_NONBLOCK
    private const int Interrupted = 4;
    private const int NotNow = 11; // EAGAIN

    // struct stat of glibc on x86-64: 144 bytes, st_mode at 24, st_size at 48.
    private const int StatSize = 144;
    private const int StatModeOffset = 24;
    private const int StatSizeOffset = 48;
    private const int SeekCurrent = 1;
    private const uint KindMask = 0xF000;
    private const uint RegularFile = 0x8000;
    private const uint Folder = 0x4000;

    private const int BrokenPipe = 32;

    /// <summary>The largest pipe that the kernel gives without privileges (fs.pipe-max-size).</summary>
    private const int PipeSize = 1 << 20;

    /// <summary>Asks for a large pipe; nothing happens if the descriptor is no pipe.</summary>
    public static void EnlargePipe(int descriptor) => fcntl(descriptor, SetPipeSize, PipeSize);

    /// <inheritdoc cref="EnlargePipe(int)"/>
    public static void EnlargePipe(SafeHandle handle) => fcntl(handle, SetPipeSize, PipeSize);

    /// <summary>Whether something is there that is neither a file nor a folder: a device, a named pipe, a socket.</summary>
    public static bool IsSpecialFile(string path)
    {
        var facts = stackalloc byte[StatSize];
        if (stat(path, facts) != 0)
            return false;
        var kind = *(uint*)(facts + StatModeOffset) & KindMask;
        return kind is not (RegularFile or Folder);
    }

    /// <summary>Bytes from where it is read next to the end of a regular file; 0 for anything else.</summary>
    public static long RemainingLength(int descriptor)
    {
        var facts = stackalloc byte[StatSize];
        if (fstat(descriptor, facts) != 0 || (*(uint*)(facts + StatModeOffset) & KindMask) != RegularFile)
            return 0;
        return Math.Max(*(long*)(facts + StatSizeOffset) - lseek(descriptor, 0, SeekCurrent), 0);
    }

    /// <summary>Waits until there is something to read, or the end.</summary>
    /// <returns>False if <paramref name="milliseconds"/> went by, or a signal came.</returns>
    public static bool WaitReadable(int descriptor, int milliseconds) => Wait(descriptor, PollIn, milliseconds);

    /// <summary>Makes reads and writes return at once where they would have to wait.</summary>
    public static void MakeNonBlocking(SafeHandle handle) => fcntl(handle, SetFlags, fcntl(handle, GetFlags, 0) | NonBlocking);

    /// <summary>Waits until something can be read, or written, or the other side is gone.</summary>
    /// <returns>False if <paramref name="milliseconds"/> went by, or a signal came.</returns>
    public static bool WaitReady(SafeHandle handle, bool toWrite, int milliseconds)
    {
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            return Wait((int)handle.DangerousGetHandle(), toWrite ? PollOut : PollIn, milliseconds);
        }
        finally
        {
            if (held)
                handle.DangerousRelease();
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes read, 0 at the end; null where it would have to wait.</returns>
    public static int? TryRead(SafeHandle handle, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return Done(read(handle, start, (nuint)buffer.Length), "The pipe cannot be read");
    }

    /// <summary>Writes what there is room for.</summary>
    /// <returns>Bytes written; null where it would have to wait.</returns>
    public static int? TryWrite(SafeHandle handle, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return Done(write(handle, start, (nuint)bytes.Length), "The pipe cannot be written");
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = read(descriptor, start, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted)
                    throw new IOException($"Input cannot be read: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }
        }
    }

    /// <summary>
    /// Writes all bytes. FileStream would keep an offset of its own in a redirected file, and overwrite what others write.
    /// </summary>
    /// <exception cref="ClosedOutputException">Nobody reads any more.</exception>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var count = write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (count >= 0)
                {
                    done += count;
                    continue;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                    continue;
                var failure = new IOException($"Output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}", error);
                throw error == BrokenPipe ? new ClosedOutputException(failure) : failure;
            }
        }
    }

    private static bool Wait(int descriptor, short events, int milliseconds)
    {
        var poll = new PollDescriptor { Descriptor = descriptor, Events = events };
        var ready = SystemCalls.poll(&poll, 1, milliseconds);
        return ready > 0 || (ready < 0 && Marshal.GetLastPInvokeError() != Interrupted); // any other error, the read or the write will tell
    }

    private static int? Done(nint count, string failed)
    {
        if (count >= 0)
            return (int)count;
        var error = Marshal.GetLastPInvokeError();
        return error is NotNow or Interrupted ? null : throw new IOException($"{failed}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int stat(string path, byte* facts);

    [LibraryImport(Library)]
    private static partial int fstat(int descriptor, byte* facts);

    [LibraryImport(Library)]
    private static partial long lseek(int descriptor, long offset, int from);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fcntl(SafeHandle handle, int command, int argument);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint read(SafeHandle handle, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint write(SafeHandle handle, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
