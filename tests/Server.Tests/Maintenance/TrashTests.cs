using StreamBack.Server.Maintenance;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Maintenance;

/// <summary>The note of what waits for whom, which may be torn or old.</summary>
public sealed class TrashTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void However_the_note_is_torn_nothing_is_due_that_somebody_may_be_reading()
    {
        repository.Put("kept", TestBytes.Random(9, 50_000));
        var gone = new[] { 1, 2, 3 }.Select(seed => repository.Put("gone", TestBytes.Random(seed, 50_000))).ToArray();
        using var reading = repository.Store.OpenSession();
        repository.Remove(gone);
        Assert.True(repository.Prune().WaitingBytes > 100_000);
        using var later = repository.Store.OpenSession(); // what was moved before it is nothing to it
        using var held = repository.Store.Lock(Prune.LockName);
        var note = held.ReadNote();
        Assert.NotEmpty(note);
        for (var length = 0; length <= note.Length; length++)
        {
            held.WriteNote(note.AsSpan(0, length));
            Assert.Empty(new Trash(repository.Store, held, own: "").Due());
        }

        reading.Dispose();
        Assert.Equal(3, new Trash(repository.Store, held, own: "").Due().Count);
        held.WriteNote(note.AsSpan(0, note.Length / 2));
        Assert.Empty(new Trash(repository.Store, held, own: "").Due()); // without a note it waits for whoever is alive
        later.Dispose();
        Assert.Equal(3, new Trash(repository.Store, held, own: "").Due().Count);
    }

    [Fact]
    public void What_came_back_and_goes_again_waits_for_those_of_now_whatever_was_noted_then()
    {
        var gone = repository.Put("gone", TestBytes.Random(1, 50_000));
        using (repository.Store.OpenSession())
        {
            repository.Remove(gone);
            repository.Prune();
        }

        var bundle = repository.Store.List(FileKind.UnusedBundle).Single(id => repository.Store.Length(FileKind.UnusedBundle, id) > 40_000);
        Assert.True(repository.Store.Move(FileKind.UnusedBundle, FileKind.Bundle, bundle));
        using var reading = repository.Store.OpenSession(); // finds it where it is again
        using var held = repository.Store.Lock(Prune.LockName);
        new Trash(repository.Store, held, own: "").Take([bundle]);
        Assert.DoesNotContain(bundle, new Trash(repository.Store, held, own: "").Due());
        reading.Dispose();
        Assert.Contains(bundle, new Trash(repository.Store, held, own: "").Due());
    }
}
