using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Protocol.Tar;

namespace StreamBack.Client.Spooling;

/// <summary>
/// A put's source that keeps what it gives in a spool: when the connection is lost, all that was read is there, and the rest is
/// <see cref="Drain">read</see> after it.
/// </summary>
/// <remarks>
/// Threading: one thread reads. Once the put has failed, another may drain: HTTP may still wait for the source on a thread of its
/// own, and what that gets goes into the spool as well. Dispose deletes what is not <see cref="Keep">kept</see>.
/// </remarks>
internal sealed class SpoolTee : IStreamSource, IDisposable
{
    /// <summary>Bytes read at once, as a put does.</summary>
    private const int BlockLength = 256 << 10;

    private readonly IStreamSource source;
    private readonly SpoolFolder folder;
    private readonly string id;
    private readonly Action<string> notice;
    private readonly Lock gate = new();
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly TarScanner? scanner;
    private FileStream? file;
    private RepositoryException? spoolFailure;
    private ExceptionDispatchInfo? sourceFailure;
    private volatile bool isPutOver;
    private bool ended;
    private bool confirmed;
    private bool kept;

    /// <param name="source">Where the bytes come from.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="id">As what.</param>
    /// <param name="raw">Whether they are not looked at as a tar.</param>
    /// <param name="notice">Told if they cannot be kept.</param>
    public SpoolTee(IStreamSource source, SpoolFolder folder, string id, bool raw, Action<string> notice)
    {
        (this.source, this.folder, this.id, this.notice) = (source, folder, id, notice);
        scanner = raw ? null : new TarScanner(new NoTarSink());
        Spool(() => file = folder.Create(id));
    }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the put had all of it, so that the server may have kept it.</summary>
    public bool WasSentWhole { get; private set; }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        lock (gate)
        {
            RefuseIfOver();
            return ReadNext(buffer);
        }
    }

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        lock (gate)
        {
            RefuseIfOver();
            Confirm();
        }
    }

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length)
    {
        lock (gate)
        {
            RefuseIfOver();
            source.EnsureHash(sha256, length);
        }
    }

    /// <summary>Reads the rest of the source, after the put has failed.</summary>
    /// <exception cref="RepositoryException">What the source says, now or before; or that the spool has no room.</exception>
    public void Drain(TransferProgress progress, CancellationToken cancellation)
    {
        isPutOver = true;
        lock (gate)
        {
            WasSentWhole = confirmed;
            var block = new byte[BlockLength];
            while (!ended)
            {
                cancellation.ThrowIfCancellationRequested();
                sourceFailure?.Throw();
                if (spoolFailure is not null)
                    throw spoolFailure;
                ReadNext(block);
                progress.Bytes = Length;
            }

            cancellation.ThrowIfCancellationRequested(); // a source that was ended by the same signal has only its own failure to tell
            Confirm();
            if (spoolFailure is not null)
                throw spoolFailure;
        }
    }

    /// <summary>Whether what was drained is a whole tar, or no tar.</summary>
    public TarVerdict Judge() => scanner?.Finish()
        ?? new TarVerdict(TarKind.Raw, Length == 0 ? TarEnding.Empty : TarEnding.Complete, null, 0, 0, 0);

    /// <summary>SHA-256 of what was drained, 64 hex digits.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <summary>Keeps what was drained; durable when this returns.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/> or <see cref="ErrorCode.Failed"/>.</exception>
    public void Keep(SpoolEntry entry)
    {
        Spool(() =>
        {
            file!.Flush(flushToDisk: true);
            folder.Write(entry);
        });
        if (spoolFailure is not null)
            throw spoolFailure;
        kept = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // HTTP may still hold the gate while it waits for the source, and what it would write is wanted by nobody.
        isPutOver = true;
        file?.Dispose();
        if (!kept && file is not null)
            File.Delete(folder.StreamPath(id));
    }

    private void RefuseIfOver()
    {
        if (isPutOver)
            throw new IOException("The put is over; what is left of its source goes elsewhere");
    }

    private int ReadNext(Span<byte> buffer)
    {
        int read;
        try
        {
            read = source.Read(buffer);
        }
        catch (Exception error)
        {
            sourceFailure = ExceptionDispatchInfo.Capture(error);
            throw;
        }

        ended = read == 0;
        Length += read;
        var bytes = buffer[..read];
        hash.AppendData(bytes);
        scanner?.Scan(bytes);
        if (spoolFailure is null)
            Write(bytes);
        return read;
    }

    private void Confirm()
    {
        sourceFailure?.Throw();
        if (confirmed)
            return;
        try
        {
            source.EnsureComplete();
        }
        catch (Exception error)
        {
            sourceFailure = ExceptionDispatchInfo.Capture(error);
            throw;
        }

        confirmed = true;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            file!.Write(bytes);
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            GiveUp(error);
        }
    }

    private void Spool(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            GiveUp(error);
        }
    }

    private static bool IsOfTheDisk(Exception error) => error is IOException or UnauthorizedAccessException or ObjectDisposedException;

    // The room goes back at once: the put may need it, and a part of a stream is worth nothing.
    private void GiveUp(Exception error)
    {
        spoolFailure = new RepositoryException(
            error.HResult == Errno.NoSpace ? ErrorCode.Full : ErrorCode.Failed, $"The spool {folder.Path} cannot take the stream: {error.Message}", error);
        if (!isPutOver)
            notice($"{spoolFailure.Message}; the put goes on without it");
        if (file is null)
            return;
        file.Dispose();
        File.Delete(folder.StreamPath(id));
        file = null;
    }
}
