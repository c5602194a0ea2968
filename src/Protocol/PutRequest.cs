namespace StreamBack.Protocol;

/// <summary>What to put, and how.</summary>
public sealed record PutRequest
{
    /// <summary>The name that the snapshot gets.</summary>
    public required SnapshotName Name { get; init; }

    /// <summary>Labels that it gets.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The command whose output the stream is; null for standard input.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>When it was taken; null for now. Only for who may maintain.</summary>
    public DateTime? Time { get; init; }

    /// <summary>Store it as a stream of bytes even if it is a tar.</summary>
    public bool Raw { get; init; }

    /// <summary>Keep a tar that ends too soon, marked.</summary>
    public bool AllowTruncated { get; init; }

    /// <summary>Keep an empty stream, marked.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Find out what would be new; store nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Where it goes over a wire: send all of it, and do not ask what is there already.</summary>
    public bool Stream { get; init; }
}

/// <summary>How far a put, a get or a check is. Written by its thread, read by any.</summary>
public sealed class TransferProgress
{
    private long total;
    private long resumed;
    private long bytes;
    private long newChunkBytes;
    private long storedBytes;

    /// <summary>Bytes that it will be in the end; 0 if nobody knows.</summary>
    public long Total { get => Interlocked.Read(ref total); set => Interlocked.Exchange(ref total, value); }

    /// <summary>Of <see cref="Bytes"/>, how many were there before: they took no time.</summary>
    public long Resumed { get => Interlocked.Read(ref resumed); set => Interlocked.Exchange(ref resumed, value); }

    /// <summary>Bytes of the stream so far.</summary>
    public long Bytes { get => Interlocked.Read(ref bytes); set => Interlocked.Exchange(ref bytes, value); }

    /// <summary>Of those, in chunks that were not stored before.</summary>
    public long NewChunkBytes { get => Interlocked.Read(ref newChunkBytes); set => Interlocked.Exchange(ref newChunkBytes, value); }

    /// <summary>Bytes by which the repository has grown so far.</summary>
    public long StoredBytes { get => Interlocked.Read(ref storedBytes); set => Interlocked.Exchange(ref storedBytes, value); }
}
