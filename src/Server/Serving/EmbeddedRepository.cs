using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>A repository in a local folder, without any server: the in-process way to the service.</summary>
/// <remarks>Threading: any number of operations at once. Framework I/O errors are wrapped here, and only here.</remarks>
public sealed partial class EmbeddedRepository : IRepositoryService
{
    private readonly OpenRepository repository;
    private readonly Action<string> notice;

    private EmbeddedRepository(OpenRepository repository, Action<string> notice)
    {
        this.repository = repository;
        this.notice = notice;
    }

    /// <summary>Whether a repository, or what is left of one, is there.</summary>
    public static bool Exists(string path) => IoErrors.Wrap(() => Path.Exists(Path.Combine(path, "config")) || OpenRepository.HoldsAnything(new LocalDirectory(path, new Disk())));

    /// <summary>The id of the repository in a folder, 32 hex digits; null if there is none.</summary>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/> if its config cannot be read.
    /// </exception>
    public static string? IdOf(string path) => IoErrors.Wrap(() =>
        new LocalDirectory(path, new Disk()).ReadConfig() is { } config ? RepositoryConfig.Read(config).Id.ToString() : null);

    /// <summary>Whether the repository in a folder keeps a key, wrapped by a passphrase or not.</summary>
    public static bool KeepsKeys(string path) => IoErrors.Wrap(() => new LocalDirectory(path, new Disk()).List(FileKind.Key).Count > 0);

    /// <summary>Makes a repository with new keys.</summary>
    /// <param name="path">A folder that is not there, or empty.</param>
    /// <param name="averageChunk">Bytes; null for the default.</param>
    /// <param name="compression">zstd level; null for the default.</param>
    /// <param name="keepKey">Keeps the new key safe, before there is a repository that needs it.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, or of storing.</exception>
    public static EmbeddedRepository Create(
        string path, int? averageChunk, int? compression, Action<KeyRing> keepKey, Action<string> notice) => IoErrors.Wrap(() =>
    {
        var config = RepositoryConfig.New(
            averageChunk ?? Protocol.Chunking.ChunkingParameters.Default.Average, compression ?? RepositoryConfig.DefaultCompression);
        return new EmbeddedRepository(OpenRepository.Create(new LocalDirectory(path, new Disk()), config, repository => keepKey(new KeyRing(repository))), notice);
    });

    /// <summary>Opens a repository.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="key">What opens it.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <exception cref="RepositoryException">
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Denied"/>, <see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Unsupported"/>.
    /// </exception>
    public static EmbeddedRepository Open(string path, KeyMaterial key, Action<string> notice) =>
        IoErrors.Wrap(() => new EmbeddedRepository(OpenRepository.Open(new LocalDirectory(path, new Disk()), key, notice), notice));

    /// <summary>Opens a repository whose key a client is to bring (<see cref="UseKey"/>): until then nothing can be done with it.</summary>
    /// <exception cref="RepositoryException">As <see cref="Open(string, KeyMaterial, Action{string})"/>.</exception>
    public static EmbeddedRepository OpenWithoutKey(string path, Action<string> notice) =>
        IoErrors.Wrap(() => new EmbeddedRepository(OpenRepository.OpenWithoutKeys(new LocalDirectory(path, new Disk())), notice));

    /// <summary>Opens, to be read, a repository whose files lie elsewhere.</summary>
    /// <exception cref="RepositoryException">As <see cref="Open(string, KeyMaterial, Action{string})"/>, and any of the source.</exception>
    public static EmbeddedRepository Open(IObjectSource source, KeyMaterial key, Action<string> notice) =>
        new(OpenRepository.Open(new ObjectStore(source), key, notice), notice);

    /// <summary>The same without a key: only stored files as they are.</summary>
    /// <exception cref="RepositoryException">As <see cref="Open(string, KeyMaterial, Action{string})"/>, and any of the source.</exception>
    public static EmbeddedRepository OpenWithoutKey(IObjectSource source, Action<string> notice) => new(OpenRepository.OpenWithoutKeys(new ObjectStore(source)), notice);

    /// <summary>The same repository, telling somebody else; disposed by nobody but the first.</summary>
    public EmbeddedRepository Telling(Action<string> notice) => new(repository, notice) { Grace = Grace, Actor = Actor };

    /// <summary>The same repository, by which somebody else removes.</summary>
    public EmbeddedRepository For(string actor) => new(repository, notice) { Grace = Grace, Actor = actor };

    /// <summary>Whether stored content can be opened; a put key file cannot.</summary>
    public bool OpensContent => repository.Keys.OpensContent;

    /// <summary>Whether nothing that is stored can be opened, or not yet.</summary>
    public bool IsSealed => NeedsKey || !OpensContent;

    /// <summary>Whether it was made to hold copies of another one.</summary>
    public bool IsReplica => repository.Store.IsReplica;

    /// <summary>Tells who uses it something: a line.</summary>
    internal void Tell(string line) => notice(line);

    /// <summary>Whether its key is still to come.</summary>
    public bool NeedsKey => repository.NeedsKeys;

    /// <summary>Opens it with a client's put key.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if it is none of this repository.</exception>
    /// <param name="putKeyFile">Its bytes; no copy is made of them.</param>
    public void UseKey(ReadOnlyMemory<byte> putKeyFile) => IoErrors.Wrap(() =>
    {
        repository.UseKeys(SessionKey.Open(putKeyFile.Span, repository));
        return true;
    });

    /// <summary>Refuses what cannot be done before its key has come.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    internal void EnsureKey() => _ = repository.Keys;

    /// <inheritdoc/>
    public RepositoryId Id => repository.Config.Id;

    /// <inheritdoc/>
    public Access Access => Access.Everything;

    /// <summary>The repository's keys, for the verbs that handle them.</summary>
    public KeyRing Keys => new(repository);

    /// <summary>Its stored files as they are.</summary>
    internal StoredObjects Objects => new(repository);

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged) =>
        IoErrors.Wrap(() => repository.Snapshots.Read(damaged, damaged));

    /// <summary>Every snapshot that can be read, in no order and without later tags: cheap enough to be asked often.</summary>
    internal IReadOnlyList<SnapshotInfo> Manifests() => IoErrors.Wrap(() => repository.Snapshots.ReadManifests(_ => { }));

    /// <summary>Every removed snapshot that can be taken back, in the same way.</summary>
    internal IReadOnlyList<SnapshotInfo> RemovedManifests() => IoErrors.Wrap(() => repository.Snapshots.ReadRemoved(_ => { }));

    /// <inheritdoc/>
    public bool Holds(string id) => ObjectId.TryParse(id, out var snapshot) && IoErrors.Wrap(() => repository.Store.Length(FileKind.Snapshot, snapshot) is not null);

    /// <inheritdoc/>
    public SnapshotInfo Find(SnapshotSelector selector) => IoErrors.Wrap(() =>
    {
        var damaged = new List<RepositoryException>();
        var all = repository.Snapshots.Read(damaged.Add, error => notice(error.Message));
        var ofName = all.Where(snapshot => snapshot.Name == selector.Name.ToString()).ToList();
        if (damaged.Count > 0 && !(selector.IsId && ofName.Any(snapshot => snapshot.Id.StartsWith(selector.Which, StringComparison.OrdinalIgnoreCase))))
            throw new RepositoryException(damaged[0].Code, $"{damaged[0].Message}; it may be the one that is meant: name another by NAME@ID", damaged[0]);
        var chosen = selector.Choose(ofName);
        return ReadManifest(chosen).ToInfo(chosen.Tags) with { Held = chosen.Held };
    });

    /// <summary>A snapshot with the facts of its content, of which somebody else told the others.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is not of the name that it was told to be of.</exception>
    public SnapshotInfo WithContent(SnapshotInfo told) => IoErrors.Wrap(() =>
    {
        var manifest = ReadManifest(told);
        return manifest.Structure.Name == told.Name
            ? manifest.ToInfo(told.Tags) with { Held = told.Held }
            : throw new RepositoryException(ErrorCode.Corrupt, $"snapshot {told.Id}: is of '{manifest.Structure.Name}', not of '{told.Name}'");
    });

    /// <inheritdoc/>
    public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        SnapshotTags.Check(request.Tags);
        using var session = new PutSession(repository, request, progress, notice);
        return Told(session.Run(source, cancellation));
    });

    /// <summary>The secret of the rolling hash, for a client that cuts.</summary>
    internal byte[] GearTable => repository.Keys.GearTable();

    /// <summary>What the repository's chunking parameters are made of, in bytes.</summary>
    internal int AverageChunk => repository.Config.AverageChunk;

    /// <summary>Opens a put whose stream a client cuts.</summary>
    /// <param name="journal">New, or of a put that is to go on; owned from here on.</param>
    /// <param name="access">What the client may do.</param>
    internal ChunkSession OpenChunks(SessionJournal journal, Access access) => IoErrors.Wrap(() =>
    {
        try
        {
            return new ChunkSession(repository, journal, access, notice);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    });

    /// <summary>A session for somebody who reads; null where nothing can be written.</summary>
    internal ISessionLock? OpenReadingSession() => IoErrors.Wrap(() => ReadingSession.TryOpen(repository.Store));

    /// <summary>Lets a put go with which nobody will go on.</summary>
    internal void EndSession(string id) => IoErrors.Wrap(() =>
    {
        repository.Store.EndSession(id);
        return true;
    });

    /// <summary>As much of a put as its maker is told: who may not get everything, neither what was new nor what it took.</summary>
    internal SnapshotInfo Told(SnapshotInfo snapshot) =>
        OpensContent ? snapshot : snapshot.WithoutSizes();

    /// <inheritdoc/>
    public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var session = OpenGet(snapshot);
        session.Run(target, prefix, progress, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation) =>
        GetPart(snapshot, paths, target, notice, progress, cancellation);

    /// <summary>The same, telling somebody else of what is left out: names of members are not for everybody who is told of the repository.</summary>
    internal void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, Action<string> leftOut, TransferProgress progress, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var session = OpenGet(snapshot);
        session.RunPart(target, paths, leftOut, progress, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation)
    {
        using var member = OpenMember(snapshot, path, cancellation);
        member.Write(target, 0, member.Length, progress, cancellation);
    }

    /// <summary>Writes a folder of a tar, or one member, as a zip: <see cref="GetSession.RunZip"/>.</summary>
    /// <exception cref="RepositoryException">As <see cref="GetPart"/>.</exception>
    internal void GetZip(SnapshotInfo snapshot, byte[] path, Stream target, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var session = OpenGet(snapshot);
        session.RunZip(target, path, new TransferProgress(), cancellation);
        return true;
    });

    /// <summary>Opens one file of a snapshot.</summary>
    /// <exception cref="RepositoryException">As <see cref="GetMember"/>.</exception>
    internal ServedMember OpenMember(SnapshotInfo snapshot, byte[] path, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        var session = OpenLook(snapshot);
        try
        {
            return new ServedMember(session, session.OpenMember(WithHash(snapshot), path, cancellation));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    });

    /// <summary>Writes a snapshot's stream as a <see cref="FrameAnswer"/>, for somebody who compares it with its hash.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="from">Offset of the first byte, at most the stream's length.</param>
    /// <param name="access">What the reader may do.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Denied"/>.</exception>
    internal void GetFrames(SnapshotInfo snapshot, Stream target, long from, Access access, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var session = OpenGet(snapshot);
        session.RunFrames(target, from, access.CoversEverything, cancellation);
        return true;
    });

    /// <summary>Writes a range of a snapshot's stream, each chunk compared with its id.</summary>
    /// <param name="snapshot">From <see cref="Find"/>.</param>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="from">Offset of the first byte.</param>
    /// <param name="length">Bytes; the range is within the stream.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>, <see cref="ErrorCode.Denied"/>.</exception>
    public void GetRange(SnapshotInfo snapshot, Stream target, long from, long length, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        using var session = OpenGet(snapshot);
        session.RunRange(target, from, length, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation) => IoErrors.Wrap(() =>
    {
        EnsureOpens();
        return new ServedTree(snapshot.Kind == SnapshotKinds.Tar ? OpenCatalog(snapshot) : new StreamTree(WithHash(snapshot)), cancellation);
    });

    /// <inheritdoc/>
    public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation)
    {
        using var before = OpenTree(from, cancellation);
        using var after = OpenTree(to, cancellation);
        foreach (var change in TreeComparison.Compare(before, after, path, AreAlike))
            yield return change;

        // What cannot be read nobody knows to be the same.
        bool AreAlike(CatalogEntry old, CatalogEntry @new)
        {
            try
            {
                using var one = OpenMember(from, old.Path, cancellation);
                using var other = OpenMember(to, @new.Path, cancellation);
                return one.HasSameBytes(other, cancellation);
            }
            catch (RepositoryException error) when (error.Code is ErrorCode.Corrupt or ErrorCode.Unsupported)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation)
    {
        EnsureOpens();
        return new MemberSearch(this, damaged).Run(request, cancellation);
    }

    /// <inheritdoc/>
    public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove) => IoErrors.Wrap(() =>
    {
        SealedJson.EnsureFits(add.Concat(remove));
        SnapshotTags.Check(add);
        var label = new LabelPart { Snapshot = snapshot.Id, Time = FormatTime.Now(), Add = add, Remove = remove };
        using var session = repository.Store.OpenSession();
        return PartFiles.Label.Add(repository.Store, repository.Keys, session, label);
    });

    /// <inheritdoc/>
    public void Dispose() => repository.Dispose();

    // A list does not tell it.
    private SnapshotInfo WithHash(SnapshotInfo snapshot) => snapshot.Sha256 is null ? WithContent(snapshot) : snapshot;

    private CatalogTree OpenCatalog(SnapshotInfo snapshot)
    {
        var session = OpenLook(snapshot);
        try
        {
            return new CatalogTree(session.OpenCatalog() ?? throw session.NoCatalog(), session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private GetSession OpenGet(SnapshotInfo snapshot)
    {
        EnsureOpens();
        return new GetSession(repository.Reading, repository.Keys, ReadManifest(snapshot), notice);
    }

    // A little of it, with what others look with.
    private GetSession OpenLook(SnapshotInfo snapshot)
    {
        EnsureOpens();
        var use = repository.Reader.Use(ObjectIdOf(snapshot), notice);
        try
        {
            return new GetSession(use, repository.Keys, ReadManifest(snapshot));
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    private void EnsureOpens()
    {
        if (!OpensContent)
            throw new RepositoryException(ErrorCode.Denied, "This is a put key: it stores and lists, and opens nothing that was stored");
    }

    private Manifest ReadManifest(SnapshotInfo snapshot) => Manifest.TryRead(repository.Reading, repository.Keys, ObjectIdOf(snapshot), withContent: true) ?? throw Gone(snapshot);

    private static ObjectId ObjectIdOf(SnapshotInfo snapshot) => ObjectId.TryParse(snapshot.Id, out var id) ? id : throw Gone(snapshot);

    private static RepositoryException Gone(SnapshotInfo snapshot) => new(ErrorCode.NotFound, $"Snapshot {snapshot.Id} is no longer there");
}
