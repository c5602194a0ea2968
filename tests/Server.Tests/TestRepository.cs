using System.Collections.Concurrent;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests;

/// <summary>
/// A repository in a temporary folder, with the smallest chunks, so that small streams have many. Puts and gets are whole
/// sessions; framework I/O errors come out wrapped, as at the service boundary.
/// </summary>
internal sealed class TestRepository : IDisposable
{
    private readonly TemporaryFolder folder;

    private TestRepository(TemporaryFolder folder, Disk disk)
    {
        this.folder = folder;
        Store = new LocalDirectory(folder.Path, disk);
    }

    public static RepositoryConfig Config { get; } =
        RepositoryConfig.New(ChunkingParameters.SmallestAverage, RepositoryConfig.DefaultCompression) with { Repository = TestKeys.Repository.ToString() };

    /// <summary>An empty repository. Nothing is made durable: only tests of that need it, and it takes its time.</summary>
    public static TestRepository New(Disk? disk = null)
    {
        var repository = new TestRepository(new TemporaryFolder(), disk ?? new HastyDisk());
        repository.Store.CreateConfig(Config.Write(), () => { });
        return repository;
    }

    /// <summary>What is in the folder, which is deleted on dispose.</summary>
    public static TestRepository In(TemporaryFolder folder, Disk? disk = null) => new(folder, disk ?? new HastyDisk());

    /// <summary>The same folder by way of another disk.</summary>
    public TestRepository On(Disk disk) => new(folder, disk);

    /// <summary>The same files again, to be damaged or worked on.</summary>
    public TestRepository Copy(Disk? disk = null) => In(TemporaryFolder.CopyOf(Path), disk);

    public string Path => folder.Path;

    public LocalDirectory Store { get; }

    /// <summary>What users were told.</summary>
    public ConcurrentQueue<string> Notices { get; } = [];

    public SnapshotInfo Put(string name, byte[] stream, bool raw = false, Func<int>? slice = null, RepositoryKeys? keys = null) => IoErrors.Wrap(() =>
    {
        var request = new PutRequest { Name = SnapshotName.Parse(name), Raw = raw, AllowEmpty = true, AllowTruncated = true };
        using var session = new PutSession(new OpenRepository(Store, Config, keys ?? TestKeys.Full), request, new TransferProgress(), Notices.Enqueue);
        return session.Run(new ByteSource(stream, slice), CancellationToken.None);
    });

    public byte[] Get(SnapshotInfo snapshot, byte[]? prefix = null) => IoErrors.Wrap(() =>
    {
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        var manifest = Manifest.TryRead(Store, TestKeys.Full, id, withContent: true)
            ?? throw new RepositoryException(ErrorCode.NotFound, snapshot.Id);
        using var session = new GetSession(Store, TestKeys.Full, manifest, Notices.Enqueue);
        using var target = new MemoryStream();
        session.Run(target, prefix is null ? null : new MemoryStream(prefix), new TransferProgress(), CancellationToken.None);
        return target.ToArray();
    });

    /// <summary>The stream as frames, from an offset on.</summary>
    public byte[] GetFrames(SnapshotInfo snapshot, long from, bool everything) => IoErrors.Wrap(() =>
    {
        Assert.True(ObjectId.TryParse(snapshot.Id, out var id));
        using var session = new GetSession(Store, TestKeys.Full, Manifest.TryRead(Store, TestKeys.Full, id, withContent: true)!, Notices.Enqueue);
        using var target = new MemoryStream();
        session.RunFrames(target, from, everything, CancellationToken.None);
        return target.ToArray();
    });

    public List<SnapshotInfo> List() =>
        new SnapshotList(Store, TestKeys.Full).Read(error => throw error, error => throw error);

    /// <summary>Removes snapshots.</summary>
    public void Remove(params SnapshotInfo[] snapshots) => new Removals(Opened()).Remove(snapshots, "test");

    /// <summary>Frees what is not needed; what was removed is given up at once, unless a grace is said.</summary>
    public PruneReport Prune(TimeSpan? grace = null, RepositoryKeys? keys = null, bool dryRun = false, bool clockWasAhead = false) => IoErrors.Wrap(() =>
    {
        using var prune = new Prune(Opened(keys), grace ?? TimeSpan.Zero, dryRun, Notices.Enqueue, new TransferProgress(), CancellationToken.None) { ClockWasAhead = clockWasAhead };
        return prune.Run();
    });

    /// <summary>Its store, parameters and keys.</summary>
    public OpenRepository Opened(RepositoryKeys? keys = null) => new(Store, Config, keys ?? TestKeys.Full);

    /// <summary>What a check of every byte finds wrong.</summary>
    public IReadOnlyList<CheckProblem> Problems()
    {
        using var check = new RepositoryCheck(new OpenRepository(Store, Config, TestKeys.Full), new VerifiedBundles(null, ""), Notices.Enqueue, new TransferProgress(), CancellationToken.None);
        return check.Run(CheckRequest.AllData).Problems;
    }

    /// <summary>A check of every byte must find nothing wrong.</summary>
    /// <param name="where">What was done before, for the message.</param>
    public void AssertSound(string where)
    {
        var problems = Problems();
        Assert.True(problems.Count == 0, $"{where}: {string.Join("; ", problems.Select(problem => problem.Message))}");
    }

    /// <summary>Paths of all files of a kind.</summary>
    public string[] Files(FileKind kind) =>
        [.. Store.List(kind).Select(id => Directory.GetFiles(System.IO.Path.Combine(Path, kind.Folder()), id.ToString(), SearchOption.AllDirectories)[0])];

    /// <summary>Files that a session left unfinished, and marks of sessions that have ended.</summary>
    public string[] Leftovers() =>
    [
        .. Directory.EnumerateFiles(Path, "*.tmp", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }),
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Path, "locks"), "*.session"),
    ];

    public void Dispose() => folder.Dispose();
}

/// <summary>A disk on which nothing is made durable.</summary>
internal class HastyDisk : Disk
{
    public override void SyncFile(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path)
    {
    }

    public override void SyncFolder(string path)
    {
    }
}

/// <summary>Does something, once, after the first file has come to a folder.</summary>
/// <param name="folder">Part of the path, with slashes around it.</param>
/// <param name="then">What.</param>
internal sealed class RenamingDisk(string folder, Action then) : HastyDisk
{
    private bool done;

    public override void Rename(string from, string to)
    {
        base.Rename(from, to);
        if (done || !to.Contains(folder, StringComparison.Ordinal))
            return;
        done = true;
        then();
    }
}
