using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Server.Serving;

namespace StreamBack.Server.Tests.Serving;

/// <summary>Each operation with each capability, inside and outside of a prefix: what is refused was not even asked of the repository.</summary>
public class LimitedRepositoryTests
{
    public static TheoryData<string, Capabilities, bool> Operations => new()
    {
        // What it is, what it needs, whether it is about the whole repository.
        { "list", Capabilities.List, false },
        { "holds", Capabilities.List, false },
        { "find", Capabilities.List, false },
        { "find", Capabilities.Get, false },
        { "put", Capabilities.Put, false },
        { "put at a time", Capabilities.Put | Capabilities.Maintain, false },
        { "get", Capabilities.Get, false },
        { "get part", Capabilities.Get, false },
        { "open tree", Capabilities.Get, false },
        { "get member", Capabilities.Get, false },
        { "diff", Capabilities.Get, false },
        { "search", Capabilities.Get, false },
        { "tag", Capabilities.Maintain, false },
        { "hold", Capabilities.Maintain, false },
        { "remove", Capabilities.Remove, false },
        { "removed", Capabilities.List, false },
        { "were removed", Capabilities.List, false },
        { "undelete", Capabilities.Remove, false },
        { "forget", Capabilities.Remove | Capabilities.List, false },
        { "prune", Capabilities.Maintain, true },
        { "check", Capabilities.Maintain, true },
        { "verify", Capabilities.Maintain, false },
        { "stats", Capabilities.Maintain, true },
        { "late", Capabilities.List, false },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_operation_needs_its_capability_and_its_prefix(string operation, Capabilities needs, bool whole)
    {
        Assert.Equal(1, Asked(operation, new Access(needs, [])));
        Assert.Equal(whole ? null : 1, Asked(operation, new Access(needs, ["web1/"])));
        Assert.Equal(whole ? null : 1, Asked(operation, new Access(needs, ["web2/", "web1/etc"])));
        if (operation is not ("list" or "holds" or "removed" or "were removed" or "late"))
            Assert.Null(Asked(operation, new Access(needs, ["web2/"])));
        foreach (var name in needs.Names())
        {
            var missing = needs & ~CapabilityNames.Parse([name]);
            Assert.Null(Asked(operation, new Access(missing, [])));
        }

        var others = Capabilities.All & ~(operation == "find" ? Capabilities.List | Capabilities.Get : needs);
        Assert.Null(Asked(operation, new Access(others, [])));
    }

    [Fact]
    public void List_shows_what_the_prefixes_cover()
    {
        using var limited = new LimitedRepository(new Recorder(), new Access(Capabilities.List, ["web2/"]));
        Assert.Equal(["web2/etc"], limited.List(_ => { }).Select(snapshot => snapshot.Name));
    }

    [Fact]
    public void Late_names_are_told_as_far_as_the_prefixes_cover_them()
    {
        using var limited = new LimitedRepository(new Recorder(), new Access(Capabilities.List, ["web2/"]));
        Assert.Equal(["web2/etc"], limited.Late([]).Select(late => late.Name));
    }

    [Theory]
    [InlineData("", new[] { "web1/etc", "web2/etc" })]
    [InlineData("web2/", new[] { "web2/etc" })]
    [InlineData("web3/", new string[0])]
    public void What_was_removed_is_told_of_names_that_the_prefixes_cover(string prefix, string[] names)
    {
        using var limited = new LimitedRepository(new Recorder(), new Access(Capabilities.List, prefix.Length == 0 ? [] : [prefix]));
        Assert.Equal(names, limited.Removed(_ => { }).Select(removed => removed.Name));
        Assert.Equal(names.Select(name => $"id of {name}"), limited.WereRemoved(["id of web2/etc", "id of web1/etc", "another"]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Capabilities.All, "", true)]
    [InlineData(Capabilities.All, "web1/", false)]
    [InlineData(Capabilities.All & ~Capabilities.Get, "", false)]
    public void Sizes_are_for_who_may_get_everything(Capabilities capabilities, string prefix, bool shown)
    {
        using var limited = new LimitedRepository(new Recorder(), new Access(capabilities, prefix.Length == 0 ? [] : [prefix]));
        var progress = new TransferProgress();
        var put = limited.Put(new PutRequest { Name = SnapshotName.Parse("web1/etc") }, new ByteSource([1, 2, 3]), progress, CancellationToken.None);
        foreach (var snapshot in new[] { put, limited.Find(SnapshotSelector.Parse("web1/etc")), limited.List(_ => { })[0] })
            Assert.Equal((shown, shown, shown), (snapshot.NewChunks is not null, snapshot.NewChunkBytes is not null, snapshot.StoredBytes is not null));
        Assert.Equal((3, shown ? 77 : 0, shown ? 78 : 0), (progress.Bytes, progress.NewChunkBytes, progress.StoredBytes));
    }

    [Fact]
    public void Who_may_only_get_finds_no_more_than_a_get_needs()
    {
        using var limited = new LimitedRepository(new Recorder(), new Access(Capabilities.Get, []));
        var found = limited.Find(SnapshotSelector.Parse("web1/etc"));
        Assert.Equal((10L, Recorder.Hash), (found.Length, found.Sha256));
        Assert.Equal((null, null, 0), (found.Command, found.Members, found.Tags.Count));
    }

    [Fact]
    public void A_difference_needs_both_names_and_a_search_is_told_who_looks()
    {
        var repository = new Recorder();
        using var limited = new LimitedRepository(repository, new Access(Capabilities.Get, ["web1/"]));
        foreach (var (from, to) in new[] { ("web1/etc", "web2/etc"), ("web2/etc", "web1/etc") })
            Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => limited.Diff(Recorder.Snapshot(from), Recorder.Snapshot(to), [], CancellationToken.None)).Code);
        limited.Search(new SearchRequest("x"), _ => { }, CancellationToken.None);
        Assert.Equal((1, true, false), (repository.Asked, repository.Looked!.Covers("web1/etc"), repository.Looked.Covers("web2/etc")));
    }

    // How often the repository was asked; null if the operation was denied, and then it must not have been.
    private static int? Asked(string operation, Access access)
    {
        var repository = new Recorder();
        using var limited = new LimitedRepository(repository, access);
        var name = SnapshotName.Parse("web1/etc");
        try
        {
            switch (operation)
            {
                case "list":
                    limited.List(_ => { });
                    break;
                case "holds":
                    limited.Holds("");
                    break;
                case "find":
                    limited.Find(SnapshotSelector.Parse("web1/etc"));
                    break;
                case "put":
                    limited.Put(new PutRequest { Name = name }, new ByteSource([1]), new TransferProgress(), CancellationToken.None);
                    break;
                case "put at a time":
                    limited.Put(new PutRequest { Name = name, Time = DateTime.UnixEpoch }, new ByteSource([1]), new TransferProgress(), CancellationToken.None);
                    break;
                case "get":
                    limited.Get(Recorder.Snapshot("web1/etc"), Stream.Null, null, new TransferProgress(), CancellationToken.None);
                    break;
                case "get part":
                    limited.GetPart(Recorder.Snapshot("web1/etc"), ["a"u8.ToArray()], Stream.Null, new TransferProgress(), CancellationToken.None);
                    break;
                case "open tree":
                    limited.OpenTree(Recorder.Snapshot("web1/etc"), CancellationToken.None).Dispose();
                    break;
                case "get member":
                    limited.GetMember(Recorder.Snapshot("web1/etc"), "a"u8.ToArray(), Stream.Null, new TransferProgress(), CancellationToken.None);
                    break;
                case "diff":
                    limited.Diff(Recorder.Snapshot("web1/etc"), Recorder.Snapshot("web1/etc"), [], CancellationToken.None);
                    break;
                case "search":
                    limited.Search(new SearchRequest("x", "web1/etc"), _ => { }, CancellationToken.None);
                    break;
                case "tag":
                    limited.Tag(Recorder.Snapshot("web1/etc"), ["x"], []);
                    break;
                case "hold":
                    limited.Hold(Recorder.Snapshot("web1/etc"), held: true);
                    break;
                case "remove":
                    limited.Remove([Recorder.Snapshot("web1/etc")]);
                    break;
                case "removed":
                    limited.Removed(_ => { });
                    break;
                case "were removed":
                    limited.WereRemoved([]);
                    break;
                case "undelete":
                    limited.Undelete(new RemovedSnapshot(new string('a', 64), "web1/etc", DateTime.UnixEpoch, "test", null, null));
                    break;
                case "forget":
                    limited.Forget(new ForgetRequest("web1/etc", new RetentionPolicy(Last: 1), DryRun: true));
                    break;
                case "prune":
                    limited.Prune(dryRun: true, new TransferProgress(), CancellationToken.None);
                    break;
                case "verify":
                    limited.Verify(Recorder.Snapshot("web1/etc"), new TransferProgress(), CancellationToken.None);
                    break;
                case "late":
                    limited.Late([]);
                    break;
                case "check":
                    limited.Check(CheckRequest.Structure, new TransferProgress(), CancellationToken.None);
                    break;
                default:
                    limited.Stats();
                    break;
            }

            return repository.Asked;
        }
        catch (RepositoryException error)
        {
            Assert.Equal((ErrorCode.Denied, 0), (error.Code, repository.Asked));
            return null;
        }
    }

    /// <summary>A repository that says yes to everything and counts how often it was asked.</summary>
    private sealed class Recorder : IRepositoryService
    {
        public static string Hash { get; } = new('b', 64);

        public int Asked { get; private set; }

        public SearchRequest? Looked { get; private set; }

        public RepositoryId Id => default;

        public Access Access => Access.Everything;

        public static SnapshotInfo Snapshot(string name) => new()
        {
            Id = new string('a', 64),
            Name = name,
            Time = DateTime.UnixEpoch,
            Received = DateTime.UnixEpoch,
            Kind = SnapshotKinds.Raw,
            Length = 10,
            Sha256 = Hash,
            Members = 0,
            NewChunks = 1,
            NewChunkBytes = 2,
            StoredBytes = 3,
            Tags = ["tag"],
            Command = ["secret"],
        };

        public IReadOnlyList<SnapshotInfo> List(Action<RepositoryException> damaged) => Answer(new[] { Snapshot("web1/etc"), Snapshot("web2/etc") });

        public bool Holds(string id) => Answer(true);

        public SnapshotInfo Find(SnapshotSelector selector) => Answer(Snapshot(selector.Name.ToString()));

        public SnapshotInfo Put(PutRequest request, IStreamSource source, TransferProgress progress, CancellationToken cancellation)
        {
            while (source.Read(new byte[2]) > 0)
                progress.Bytes = 3;
            progress.NewChunkBytes = 77;
            progress.StoredBytes = 78;
            return Answer(Snapshot(request.Name.ToString()));
        }

        public void Get(SnapshotInfo snapshot, Stream target, Stream? prefix, TransferProgress progress, CancellationToken cancellation) => Asked++;

        public void GetPart(SnapshotInfo snapshot, IReadOnlyList<byte[]> paths, Stream target, TransferProgress progress, CancellationToken cancellation) => Asked++;

        public void GetMember(SnapshotInfo snapshot, byte[] path, Stream target, TransferProgress progress, CancellationToken cancellation) => Asked++;

        public IEnumerable<TreeChange> Diff(SnapshotInfo from, SnapshotInfo to, byte[] path, CancellationToken cancellation) => Answer(Array.Empty<TreeChange>());

        public IEnumerable<FoundMember> Search(SearchRequest request, Action<RepositoryException> damaged, CancellationToken cancellation)
        {
            Looked = request;
            return Answer(Array.Empty<FoundMember>());
        }

        public ISnapshotTree OpenTree(SnapshotInfo snapshot, CancellationToken cancellation) => Answer(new StreamTree(snapshot));

        public void Tag(SnapshotInfo snapshot, IReadOnlyList<string> add, IReadOnlyList<string> remove) => Asked++;

        public void Hold(SnapshotInfo snapshot, bool held) => Asked++;

        public void Remove(IReadOnlyList<SnapshotInfo> snapshots) => Asked++;

        private static readonly string[] Gone = ["web1/etc", "web2/etc"];

        public IReadOnlyList<RemovedSnapshot> Removed(Action<RepositoryException> damaged) => Answer(Gone.Select(name => new RemovedSnapshot($"id of {name}", name, default, "alice", null, null)).ToArray());

        public IReadOnlyCollection<string> WereRemoved(IReadOnlyCollection<string> ids) => Answer(Gone.Select(name => $"id of {name}").Intersect(ids).ToArray());

        public void Undelete(RemovedSnapshot removed) => Asked++;

        public IReadOnlyList<RetentionDecision> Forget(ForgetRequest request) => Answer(Array.Empty<RetentionDecision>());

        public PruneReport Prune(bool dryRun, TransferProgress progress, CancellationToken cancellation) => Answer(new PruneReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

        public CheckReport Check(CheckRequest request, TransferProgress progress, CancellationToken cancellation) => Answer(new CheckReport(0, 0, 0, 0, false, []));

        public void Verify(SnapshotInfo snapshot, TransferProgress progress, CancellationToken cancellation) => Asked++;

        public IReadOnlyList<LateName> Late(IReadOnlyList<LateRule> rules) => Answer(Gone.Select(name => new LateName(name, null, default)).ToArray());

        public RepositoryStats Stats() => Answer(new RepositoryStats(0, 0, 0, 0, 0, 0, 0, 0, 0));

        public void Dispose()
        {
        }

        private T Answer<T>(T value)
        {
            Asked++;
            return value;
        }
    }
}
