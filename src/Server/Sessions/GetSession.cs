using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Chunking;
using StreamBack.Protocol.Http;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>One get: writes a snapshot's stream, or the rest of it, and vouches for the whole.</summary>
/// <remarks>Threading: <see cref="Run"/> assembles and writes; other threads open frames and hash.</remarks>
internal sealed class GetSession : IDisposable
{
    /// <summary>Bytes read at once from what the target has already.</summary>
    private const int BlockLength = 256 << 10;

    private readonly RepositoryKeys keys;
    private readonly Manifest manifest;
    private readonly ReaderUse use;
    private readonly List<StoredSequence> sequences = [];
    private ChunkHasher? verifier;

    /// <param name="use">Owned.</param>
    /// <param name="keys">A full key.</param>
    /// <param name="manifest">With its content part.</param>
    public GetSession(ReaderUse use, RepositoryKeys keys, Manifest manifest) => (this.use, this.keys, this.manifest) = (use, keys, manifest);

    /// <summary>One with a reader of its own.</summary>
    /// <param name="store">The repository; may be read-only.</param>
    /// <param name="keys">A full key.</param>
    /// <param name="manifest">With its content part.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public GetSession(IFileStore store, RepositoryKeys keys, Manifest manifest, Action<string> notice)
        : this(ReaderUse.OfOwn(store, keys, notice), keys, manifest)
    {
    }

    /// <summary>Writes the stream.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="prefix">What the target has already; null for nothing. Read to its end.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Corrupt"/>: what was written is then no whole stream, and no tar that looks whole;
    /// <see cref="ErrorCode.Usage"/> if the prefix is longer than the stream.
    /// </exception>
    public void Run(Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation)
    {
        using var hasher = new StreamHasher();
        var offset = prefix is null ? 0 : HashPrefix(prefix, hasher, cancellation);
        if (offset > manifest.Structure.Length)
            throw new RepositoryException(ErrorCode.Usage, $"The target has {offset} bytes already, the stream {manifest.Structure.Length}");
        progress.Resumed = offset;
        using var guard = new TailGuard(target, hasher, new TarTail(offset, ContentsEnd), position => progress.Bytes = position);
        try
        {
            Copy(guard, hasher, offset, cancellation);
        }
        catch (Exception error) when (!target.CanSeek && (error is RepositoryException or IOException or OperationCanceledException))
        {
            guard.Spoil();
            throw;
        }
    }

    /// <summary>Writes the stream as a <see cref="FrameAnswer"/>, for somebody who compares it with its hash, and holds its end back until then.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="from">Offset of the first byte, at most the stream's length.</param>
    /// <param name="everything">Whether the reader may read every snapshot.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>: the answer is then not ended.</exception>
    public void RunFrames(Stream target, long from, bool everything, CancellationToken cancellation)
    {
        var sender = new FrameSender(target, new TarTail(from, ContentsEnd));
        Stream(new FramePassing(use.Reader.Frames, everything, sender.Holds)).CopyTo(sender, from, cancellation);
        sender.Finish();
    }

    /// <summary>The members of a tar, to be read while this session lives; null if the snapshot has no catalog.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Unsupported"/>.</exception>
    public CatalogReader? OpenCatalog() => manifest.Structure.Streams.TryGetValue(StreamNames.Catalog, out var root)
        ? new CatalogReader(new StoredCatalog(root, use.Reader.Chunks(), verifier ??= Verifier()))
        : null;

    /// <summary>Writes members of a tar, and all below them, as a tar of their own.</summary>
    /// <param name="target">Where to; not closed. Gets nothing if a path is not there.</param>
    /// <param name="paths">Clean.</param>
    /// <param name="notice">Told of what is left out: a line each.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Unsupported"/> without a catalog; <see cref="ErrorCode.Corrupt"/>: what was
    /// written is then no tar that looks whole.
    /// </exception>
    public void RunPart(Stream target, IReadOnlyList<byte[]> paths, Action<string> notice, TransferProgress progress, CancellationToken cancellation)
    {
        PartSelection.EnsureTar(manifest.Structure.Kind);
        using var tree = OpenTree();
        var selection = new PartSelection(tree, notice);
        selection.Add(paths, cancellation);
        new TarPart(Sequence(StreamNames.Header), Sequence(StreamNames.Payload), target).Write(selection.Members(), progress, cancellation);
    }

    /// <summary>Opens one file of the snapshot, to be read while this session lives.</summary>
    /// <param name="snapshot">Its facts.</param>
    /// <param name="path">Clean.</param>
    /// <exception cref="RepositoryException">As <see cref="IRepositoryService.GetMember"/>.</exception>
    public MemberContents OpenMember(SnapshotInfo snapshot, byte[] path, CancellationToken cancellation)
    {
        if (snapshot.Kind != SnapshotKinds.Tar)
            return MemberContents.Open(new StreamTree(snapshot), path, Sequence(StreamNames.Payload));
        using var tree = OpenTree();
        using var headers = Sequence(StreamNames.Header); // read once, and of no use later
        return MemberContents.Open(MemberContents.FileAt(tree, path), new HeaderReader(headers), Sequence(StreamNames.Payload), cancellation);
    }

    /// <summary>Writes a folder of a tar, or one member, as a zip.</summary>
    /// <param name="target">Where to; not closed. Gets nothing if the path is not there.</param>
    /// <param name="path">Clean.</param>
    /// <exception cref="RepositoryException">As of <see cref="RunPart"/>: what was written is then no whole zip.</exception>
    public void RunZip(Stream target, byte[] path, TransferProgress progress, CancellationToken cancellation)
    {
        PartSelection.EnsureTar(manifest.Structure.Kind);
        using var tree = OpenTree();
        new ZipPart(tree, new HeaderReader(Sequence(StreamNames.Header)), Sequence(StreamNames.Payload)).Write(target, path, progress, cancellation);
    }

    /// <summary>What is told where there is no catalog.</summary>
    public RepositoryException NoCatalog() =>
        new(ErrorCode.Unsupported, $"Snapshot {manifest.Id} has no catalog: an earlier version put it; it can be got whole");

    /// <summary>Writes a range of the stream. Its chunks are compared with their ids, since no hash vouches for a part.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="from">Offset of the first byte.</param>
    /// <param name="length">Bytes; the range is within the stream.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>: nothing of the chunk in question was written.</exception>
    public void RunRange(Stream target, long from, long length, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, manifest.Structure.Length - from);
        Stream().CopyRange(new PlainSink(target), from, from + length, verifier ??= Verifier(), cancellation);
        target.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            sequences.ForEach(sequence => sequence.Dispose());
            verifier?.Dispose();
        }
        finally
        {
            use.Dispose();
        }
    }

    private CatalogTree OpenTree() => new(OpenCatalog() ?? throw NoCatalog(), System.IO.Stream.Null);

    // To be read while the session lives.
    private StoredSequence Sequence(string name)
    {
        var root = manifest.Structure.Streams.GetValueOrDefault(name) ?? throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id} has no stream '{name}'");
        sequences.Add(new StoredSequence(root, use.Reader.Chunks(), verifier ??= Verifier()));
        return sequences[^1];
    }

    // From here on nothing is a member's contents.
    private long ContentsEnd => manifest.Structure.Kind == SnapshotKinds.Raw ? 0 : manifest.Content!.RawFrom ?? long.MaxValue;

    private ChunkHasher Verifier()
    {
        var domain = manifest.Structure.Streams.TryGetValue(StreamNames.Payload, out var payload) ? payload.Domain : 0;
        return new ChunkHasher(keys.ChunkIdSecret(ChunkClass.Content, domain));
    }

    private SnapshotStream Stream(FramePassing? passing = null) => new(manifest, use.Reader.Chunks(), passing);

    private void Copy(TailGuard guard, StreamHasher hasher, long offset, CancellationToken cancellation)
    {
        Stream().CopyTo(guard, offset, cancellation);
        guard.Finish();
        var hash = Convert.ToHexStringLower(hasher.Finish());
        if (hash != manifest.Content!.Sha256)
            throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {manifest.Id}: its stream hashes to {hash}, its manifest says {manifest.Content.Sha256}");
        guard.Release();
    }

    private static long HashPrefix(Stream prefix, StreamHasher hasher, CancellationToken cancellation)
    {
        var length = 0L;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var block = new SharedBytes(BlockLength);
            var read = prefix.Read(block.Span);
            if (read > 0)
                hasher.Append(block, read);
            block.Release();
            if (read == 0)
                return length;
            length += read;
        }
    }

    private sealed class PlainSink(Stream target) : ISnapshotSink
    {
        public void Header(in StoredPiece piece) => target.Write(piece.Span);

        public void Payload(in StoredPiece piece, long runStart, long runEnd) => target.Write(piece.Span);
    }
}
