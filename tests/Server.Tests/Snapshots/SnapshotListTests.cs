using StreamBack.Protocol;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Snapshots;

public class SnapshotListTests
{
    private readonly MemoryStore store = new();
    private readonly List<RepositoryException> errors = [];
    private readonly SnapshotList snapshots;

    public SnapshotListTests() => snapshots = new SnapshotList(store, TestKeys.Full);

    [Fact]
    public void A_list_is_by_name_then_time_with_labels_applied_and_damage_told()
    {
        var late = Add("b", minute: 2);
        var early = Add("b", minute: 1);
        var first = Add("a", minute: 3);
        AddLabel(early, minute: 1, ["kept"], ["daily"]);
        var damaged = store.Add(FileKind.Snapshot, [1, 2, 3]);

        var list = List();

        Assert.Equal([first.ToString(), early.ToString(), late.ToString()], list.Select(snapshot => snapshot.Id));
        Assert.Equal(["kept", "ä"], list[1].Tags);
        Assert.Equal(["daily", "ä"], list[2].Tags);
        Assert.Contains(damaged.ToString(), Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_list_reads_no_manifest_again_and_tells_damage_again()
    {
        var id = Add("a", minute: 1);
        store.Add(FileKind.Snapshot, [1, 2, 3]);
        List();
        errors.Clear();

        // Nobody may change a stored file; this one shows whether it is read.
        store[FileKind.Snapshot, id] = [];
        Assert.Equal(id.ToString(), Assert.Single(List()).Id);
        Assert.Single(errors);
    }

    [Fact]
    public void What_is_gone_is_listed_no_longer()
    {
        var gone = Add("a", minute: 2);
        var left = Add("a", minute: 1);
        List();
        store.Delete(FileKind.Snapshot, gone);
        Assert.Equal(left.ToString(), Assert.Single(List()).Id);
        Assert.Equal(left.ToString(), snapshots.Newest(SnapshotName.Parse("a"), _ => { })?.Id);
        Assert.Null(snapshots.Newest(SnapshotName.Parse("b"), _ => { }));
    }

    [Fact]
    public void Labels_given_after_a_list_count_in_the_next()
    {
        var id = Add("a", minute: 1);
        List();
        AddLabel(id, minute: 2, ["kept"], []);
        AddLabel(id, minute: 1, [], ["kept", "daily"]);
        Assert.Equal(["kept", "ä"], Assert.Single(List()).Tags);
    }

    private List<SnapshotInfo> List() => snapshots.Read(errors.Add, errors.Add);

    private ObjectId Add(string name, int minute) => store.Add(FileKind.Snapshot, Manifest.Write(
        TestKeys.Full, ManifestTests.Structure with { Name = name, Time = ManifestTests.Structure.Time.AddMinutes(minute) }, ManifestTests.Content));

    private void AddLabel(ObjectId snapshot, int minute, IReadOnlyList<string> add, IReadOnlyList<string> remove) => store.Add(FileKind.Label, PartFiles.Label.Write(
        TestKeys.Full,
        new LabelPart { Snapshot = snapshot.ToString(), Time = ManifestTests.Structure.Time.AddMinutes(minute), Add = add, Remove = remove }));
}
