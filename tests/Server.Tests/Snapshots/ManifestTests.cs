using StreamBack.Protocol;
using StreamBack.Server.Snapshots;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Snapshots;

public class ManifestTests
{
    private readonly MemoryStore store = new();

    internal static ManifestStructure Structure { get; } = new()
    {
        Name = "web1/etc",
        Time = new DateTime(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc),
        Received = new DateTime(2026, 11, 20, 12, 0, 1, 2, 3, DateTimeKind.Utc),
        Kind = SnapshotKinds.Tar,
        Length = 10240,
        StoredBytes = 65536,
        Chunks = 3,
        NewChunks = 2,
        NewChunkBytes = 5000,
        Tags = ["daily", "ä"],
        Marks = [],
        Previous = null,
        Random = new string('7', 32),
        ContentPart = new string('8', 64),
        Streams = new Dictionary<string, RecipeRoot>
        {
            [StreamNames.Payload] = new RecipeRoot { Length = 5000, Domain = 1, Level = 1, Node = TestBytes.Random(1, 80) },
            [StreamNames.Header] = new RecipeRoot { Length = 5240, Domain = 1, Level = 0, Node = TestBytes.Random(2, 32) },
            [StreamNames.Layout] = new RecipeRoot { Length = 4, Domain = 1, Level = 0, Node = TestBytes.Random(3, 32) },
        },
    };

    internal static ManifestContent Content { get; } = new() { Sha256 = new string('9', 64), Members = 1, Command = ["tar", "c"], RawFrom = null };

    internal static LabelPart Label { get; } = new()
    {
        Snapshot = new string('a', 64),
        Time = new DateTime(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc),
        Add = ["kept"],
        Remove = ["daily"],
    };

    [Theory]
    [InlineData('x', 3 << 20)]
    [InlineData('\'', 1 << 20)] // six bytes each
    public void EnsureFits_refuses_texts_that_no_reader_would_take_back(char letter, int count) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => SealedJson.EnsureFits(["tag", new string(letter, count)])).Code);

    [Fact]
    public void EnsureFits_takes_a_long_command_line() => SealedJson.EnsureFits(Enumerable.Repeat(new string('x', 1 << 17), 15));

    [Fact]
    public void TryRead_gives_what_was_written()
    {
        var id = store.Add(FileKind.Snapshot, Manifest.Write(TestKeys.Full, Structure, Content));
        var manifest = Manifest.TryRead(store, TestKeys.Full, id, withContent: true)!;
        Assert.Equal(id, manifest.Id);
        Assert.Equivalent(Structure with { ContentPart = manifest.Structure.ContentPart }, manifest.Structure, strict: true);
        Assert.Equivalent(Content, manifest.Content, strict: true);
        Assert.Null(Manifest.TryRead(store, TestKeys.Full, TestBytes.Object(1), withContent: true));
    }

    [Fact]
    public void TryRead_with_a_put_key_gives_the_structural_part_alone()
    {
        using var putKeys = TestKeys.Full.ToPutKeys();
        var id = store.Add(FileKind.Snapshot, Manifest.Write(putKeys, Structure, Content));
        var manifest = Manifest.TryRead(store, putKeys, id, withContent: true)!;
        Assert.Null(manifest.Content);
        Assert.Equal("web1/etc", manifest.Structure.Name);
    }

    [Fact]
    public void Every_changed_byte_of_a_manifest_is_found()
    {
        // Named by its own hash, so that it is the seals that find it.
        Flips.AreDetected(
            Manifest.Write(TestKeys.Full, Structure, Content),
            bytes => Manifest.TryRead(store, TestKeys.Full, store.Add(FileKind.Snapshot, bytes), withContent: true));
    }

    [Fact]
    public void Every_changed_byte_of_a_label_is_found()
    {
        Flips.AreDetected(
            PartFiles.Label.Write(TestKeys.Full, Label),
            bytes => PartFiles.Label.TryRead(store, TestKeys.Full, store.Add(FileKind.Label, bytes)));
    }

    [Fact]
    public void One_that_is_put_in_anothers_place_is_found()
    {
        var one = store.Add(FileKind.Snapshot, Manifest.Write(TestKeys.Full, Structure, Content));
        store[FileKind.Snapshot, one] = Manifest.Write(TestKeys.Full, Structure with { Name = "other" }, Content);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => Manifest.TryRead(store, TestKeys.Full, one, withContent: true)).Code);

        var label = store.Add(FileKind.Label, PartFiles.Label.Write(TestKeys.Full, Label));
        store[FileKind.Label, label] = PartFiles.Label.Write(TestKeys.Full, Label with { Add = ["other"] });
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => PartFiles.Label.TryRead(store, TestKeys.Full, label)).Code);
    }

    [Fact]
    public void Content_part_of_another_manifest_is_found()
    {
        var one = Manifest.Write(TestKeys.Full, Structure, Content);
        var other = Manifest.Write(TestKeys.Full, Structure, Content);

        // Slot and content part; the structural part between them is the first one's.
        const int Slot = 72, Parts = 200;
        var structureLength = BitConverter.ToInt32(one, 64);
        byte[] mixed = [.. one[..Slot], .. other[Slot..Parts], .. one[Parts..(Parts + structureLength)], .. other[(Parts + structureLength)..]];
        var id = store.Add(FileKind.Snapshot, mixed);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => Manifest.TryRead(store, TestKeys.Full, id, withContent: true)).Code);
    }

    [Fact]
    public void Kind_that_is_not_known_is_unsupported_by_name()
    {
        var id = store.Add(FileKind.Snapshot, Manifest.Write(TestKeys.Full, Structure with { Kind = "zip" }, Content));
        var error = Assert.Throws<RepositoryException>(() => Manifest.TryRead(store, TestKeys.Full, id, withContent: true));
        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("'zip'", error.Message, StringComparison.Ordinal);
    }
}
