using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>A repository of this machine to which another copy is sent.</summary>
/// <param name="repository">Open, with or without a key; not disposed.</param>
/// <param name="location">How users name it.</param>
internal sealed class RepositoryTarget(EmbeddedRepository repository, string location) : IObjectTarget
{
    /// <inheritdoc/>
    public string Location => location;

    /// <inheritdoc/>
    public bool IsKeyless => repository.NeedsKey;

    /// <inheritdoc/>
    public byte[] ReadConfig() => repository.Objects.Config();

    /// <inheritdoc/>
    public IReadOnlyList<StoredObject> List(ObjectKind kind) => repository.Objects.List(kind);

    /// <inheritdoc/>
    public long? Length(ObjectKind kind, ObjectId id)
    {
        try
        {
            using var file = repository.Objects.Open(kind, id);
            return file.Length;
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination)
    {
        using var file = repository.Objects.Open(kind, id);
        if (!file.TryRead(offset, destination))
            throw new RepositoryException(ErrorCode.Corrupt, $"{kind.ToFile().Word()} {id} ends at {file.Length}");
    }

    /// <inheritdoc/>
    public bool Put(ObjectKind kind, ObjectId id, long length, Stream body, CancellationToken cancellation) => repository.Objects.Put(kind, id, new BodySource(body), cancellation);

    /// <inheritdoc/>
    public void Remove(ObjectKind kind, ObjectId id) => repository.Objects.Remove(kind, id);

    /// <inheritdoc/>
    public long Prune(CancellationToken cancellation) => repository.Prune(dryRun: false, new TransferProgress(), cancellation).FreedBytes;

    private sealed class BodySource(Stream body) : IStreamSource
    {
        public int Read(Span<byte> buffer) => body.Read(buffer);

        public void EnsureComplete()
        {
            // It has its length, and ends there or fails.
        }

        public void EnsureHash(string sha256, long length)
        {
            // Its name says what it hashes to.
        }
    }
}
