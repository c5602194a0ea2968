using StreamBack.Protocol;
using StreamBack.Server.Maintenance;
using StreamBack.Server.Serving;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>How files are sent.</summary>
public class ReplicationTests
{
    [Fact]
    public void Several_files_are_sent_at_once_and_manifests_after_all_else()
    {
        using var source = TestRepository.New();
        using var copy = TestRepository.New();
        File.WriteAllBytes(Path.Combine(copy.Path, "replica"), []);
        foreach (var number in Enumerable.Range(0, 8))
            source.Put($"name{number}", TestBytes.Random(number, 60_000));
        var opened = new OpenRepository(copy.Store, TestRepository.Config, keys: null);
        using var target = new Watched(new RepositoryTarget(new StoredObjects(opened), copy.Path, copy.Store.OpenSession(), isKeyless: true, _ => 0));
        using (var replication = new Replication(source.Opened(), target, copy.Notices.Enqueue, new TransferProgress(), CancellationToken.None))
            Assert.Equal(8, replication.Run(prune: false).Snapshots);
        Assert.InRange(target.Most, 2, 4);
        var kinds = target.Came.ToList();
        Assert.True(kinds.LastIndexOf(ObjectKind.Bundle) < kinds.IndexOf(ObjectKind.Snapshot));
        copy.AssertSound("sent");
    }

    // The first bundle waits for a second one: that never comes to who sends them one by one.
    private sealed class Watched(IObjectTarget target) : IObjectTarget
    {
        private readonly CountdownEvent together = new(2);
        private readonly Lock gate = new();
        private int now;

        public int Most { get; private set; }

        public List<ObjectKind> Came { get; } = [];

        public bool IsKeyless => target.IsKeyless;

        public string Location => target.Location;

        public bool Put(ObjectKind kind, ObjectId id, long length, Stream body, CancellationToken cancellation)
        {
            lock (gate)
                Most = Math.Max(Most, ++now);
            if (kind == ObjectKind.Bundle && !together.IsSet)
            {
                together.Signal();
                together.Wait(TimeSpan.FromSeconds(10), cancellation);
            }

            var isNew = target.Put(kind, id, length, body, cancellation);
            lock (gate)
            {
                now--;
                Came.Add(kind);
            }

            return isNew;
        }

        public void Remove(ObjectKind kind, ObjectId id) => target.Remove(kind, id);

        public long Prune(CancellationToken cancellation) => target.Prune(cancellation);

        public byte[] ReadConfig() => target.ReadConfig();

        public IReadOnlyList<StoredObject> List(ObjectKind kind) => target.List(kind);

        public long? Length(ObjectKind kind, ObjectId id) => target.Length(kind, id);

        public void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination) => target.Read(kind, id, offset, destination);

        public void Dispose()
        {
            together.Dispose();
            target.Dispose();
        }
    }
}
