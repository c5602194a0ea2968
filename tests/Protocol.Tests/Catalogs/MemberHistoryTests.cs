using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Spans of snapshots in which a path is the same.</summary>
public sealed class MemberHistoryTests
{
    private readonly MemberHistory history = new("name");

    [Fact]
    public void A_snapshot_that_cannot_be_read_to_its_end_is_passed_over()
    {
        history.Add(Snapshot(3), [File("a", 1), File("b", 1)]);
        Assert.Throws<RepositoryException>(() => history.Add(Snapshot(2), Broken()));
        history.Add(Snapshot(1), [File("a", 1), File("b", 2)]);
        Assert.Equal(["a 3-1 2 ", "b 3-3 1 contents", "b 1-1 1 "], Lines());
    }

    [Fact]
    public void What_is_not_in_the_snapshot_before_was_added()
    {
        history.Add(Snapshot(4), [File("a", 1)]);
        history.Add(Snapshot(3), [File("new", 1)]);
        history.Add(Snapshot(2), [File("a", 1)]);
        history.Add(Snapshot(1), []);
        Assert.Equal(["a 4-4 1 added", "a 2-2 1 added gone in 3", "new 3-3 1 added gone in 4"], Lines());
    }

    [Fact]
    public void Too_much_is_refused()
    {
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => history.Add(Snapshot(1), Many(MemberHistory.MaxSpans + 1, nameLength: 0))).Code);
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => new MemberHistory("x").Add(Snapshot(1), Many(600, nameLength: 60_000))).Code);
        new MemberHistory("x").Add(Snapshot(1), Many(500, nameLength: 60_000));
    }

    private static IEnumerable<CatalogEntry> Many(int count, int nameLength) =>
        Enumerable.Range(0, count).Select(number => File($"{number}{new string('x', nameLength)}", 1) with { TarName = [] });

    private static IEnumerable<CatalogEntry> Broken()
    {
        yield return File("a", 9);
        throw new RepositoryException(ErrorCode.Corrupt, "broken");
    }

    private static CatalogEntry File(string path, long size) => new()
    {
        Path = System.Text.Encoding.UTF8.GetBytes(path),
        Type = (byte)'0',
        ContentHash = (ulong)size,
        Place = new MemberPlace(0, 512, 0, size, 0),
    };

    private static SnapshotInfo Snapshot(int day) => new()
    {
        Id = new string((char)('0' + day), 64),
        Name = "name",
        Time = new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc),
        Received = default,
        Kind = SnapshotKinds.Tar,
        Length = 0,
    };

    private List<string> Lines() => [.. history.Found().Select(found => $"{found.Member.Path} {found.Newest.Time.Day}-{found.Oldest.Time.Day} {found.Snapshots} {found.Change}{(found.GoneIn is { } gone ? $" gone in {gone.Time.Day}" : "")}")];
}
