using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Takes one stored file from elsewhere: no longer than its kind can be, of this repository, hashing to its name, and, if it is a
/// snapshot, a label or a removal record, authentic, as far as there is a key here; a snapshot then only when all that it rests on is there.
/// </summary>
/// <remarks>Threading: one thread. Dispose before the end leaves nothing.</remarks>
internal sealed class ObjectIntake : IDisposable
{
    /// <summary>Read and written at once.</summary>
    private const int BlockLength = 256 << 10;

    /// <summary>Index files of 350 million chunks: 20 TiB before compression. A larger repository has several.</summary>
    private const long MaxIndexLength = 16L << 30;

    private readonly OpenRepository repository;
    private readonly ObjectKind kind;
    private readonly ObjectId id;
    private readonly string what;
    private readonly ISessionLock session;
    private readonly IFileWriter file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream small = new();

    /// <param name="repository">Where it goes.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="id">What it must hash to.</param>
    public ObjectIntake(OpenRepository repository, ObjectKind kind, ObjectId id)
    {
        this.repository = repository;
        this.kind = kind;
        this.id = id;
        what = $"{kind.ToFile().Word()} {id}";
        session = repository.Store.OpenSession();
        try
        {
            file = repository.Store.Create(kind.ToFile(), session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Reads the body to its end, and commits the file.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Usage"/> if it is not what it is said to be; <see cref="ErrorCode.Busy"/> if a snapshot comes before what it
    /// rests on; <see cref="ErrorCode.Incomplete"/>; any of storing. Nothing is kept then.
    /// </exception>
    /// <param name="appearing">Called when the file is right, and is about to get its name; null for nobody.</param>
    public void Run(IStreamSource body, CancellationToken cancellation, Action? appearing = null)
    {
        Receive(body, cancellation);
        if (new ObjectId(hash.GetCurrentHash()) is var actual && actual != id)
            throw new RepositoryException(ErrorCode.Usage, $"What came as {what} hashes to {actual}");
        CheckHead();
        var needed = repository.NeedsKeys ? [] : CheckInside(cancellation);
        if (appearing is not null)
        {
            // What is there goes only when this is sure to be.
            file.Sync();
            appearing();
        }

        if (kind is ObjectKind.Bundle or ObjectKind.Index)
            file.Commit();
        else
            PutCommit.Take(repository.Store, needed, file); // a label may hold something that is about to be removed
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        session.Dispose();
        hash.Dispose();
        small.Dispose();
    }

    // What is opened here is kept in memory meanwhile: it is small. Of the others the head is.
    private long MaxLength => kind switch
    {
        ObjectKind.Bundle => BundleFormat.MaxBundleLength,
        ObjectKind.Index => MaxIndexLength,
        ObjectKind.Snapshot => Manifest.MaxLength,
        _ => PartFile<LabelPart>.MaxLength,
    };

    private long KeptLength => kind is ObjectKind.Bundle or ObjectKind.Index ? FileHead.Size : MaxLength;

    private void Receive(IStreamSource body, CancellationToken cancellation)
    {
        var block = new byte[BlockLength];
        for (int read; (read = body.Read(block)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (file.Length + read > MaxLength)
                throw new RepositoryException(ErrorCode.Usage, $"{what} is longer than the {MaxLength} bytes that one can have");
            hash.AppendData(block, 0, read);
            small.Write(block, 0, (int)Math.Min(read, KeptLength - small.Length));
            file.Write(block.AsSpan(0, read));
        }

        body.EnsureComplete();
    }

    private void CheckHead() => Authentic(bytes => FileHead.ReadBundle(bytes, Magic, repository.Config.Id, what));

    private string Magic => kind switch
    {
        ObjectKind.Bundle => BundleFormat.Magic,
        ObjectKind.Index => IndexFormat.Magic,
        ObjectKind.Snapshot => Manifest.Magic,
        ObjectKind.Label => PartFiles.Label.Magic,
        _ => PartFiles.Removal.Magic,
    };

    // What it rests on, if it is a snapshot.
    private HashSet<ObjectId> CheckInside(CancellationToken cancellation)
    {
        // One that is there is only written anew: where nobody removes, records are all that comes.
        if (kind == ObjectKind.Snapshot && repository.Store.Length(FileKind.Snapshot, id) is null && repository.Removals.Newest(_ => { }).GetValueOrDefault(id.ToString()) is { IsUndelete: false } record)
            throw new RepositoryException(ErrorCode.Denied, $"{record.Name}@{id} was removed here: it comes back by nobody who has it still");
        if (kind == ObjectKind.Snapshot)
            return CheckRest(Authentic(bytes => Manifest.Read(bytes, repository.Keys, id, withContent: false)), cancellation);
        if (kind == ObjectKind.Label)
            Authentic(bytes => PartFiles.Label.Read(bytes, repository.Keys, id));
        if (kind == ObjectKind.Removal)
            Authentic(bytes => PartFiles.Removal.Read(bytes, repository.Keys, id));
        return [];
    }

    // Damaged here would be damage of the repository; what comes from elsewhere is only refused.
    private T Authentic<T>(Func<byte[], T> read)
    {
        try
        {
            return read(small.ToArray());
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
        {
            throw new RepositoryException(ErrorCode.Usage, error.Message, error);
        }
    }

    // The bundles that it rests on.
    private HashSet<ObjectId> CheckRest(Manifest manifest, CancellationToken cancellation)
    {
        var damage = new Damage();
        using var needed = new NeededBundles(repository, damage, _ => { });
        needed.Add(manifest);
        cancellation.ThrowIfCancellationRequested();
        if (damage.Any)
            throw new RepositoryException(ErrorCode.Busy, $"{what} rests on what is not here yet: {damage.Report()[0].Message}; bring it first");
        return needed.Ids;
    }
}
