using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Storage;

public sealed class LocalDirectoryTests : IDisposable
{
    private readonly TestRepository repository = TestRepository.New();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Commit_names_a_file_by_its_bytes_which_nobody_may_write_again()
    {
        foreach (var kind in FileKinds.All)
        {
            var id = Write(kind, [1, 2, 3]);
            Assert.Equal(new ObjectId(SHA256.HashData([1, 2, 3])), id);
            Assert.Equal([id], repository.Store.List(kind));
            Assert.Equal(3, repository.Store.Length(kind, id));
            Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(repository.Files(kind).Single()));
        }
    }

    [Fact]
    public void Commit_of_a_file_that_is_there_changes_nothing()
    {
        var id = Write(FileKind.Bundle, [7]);
        Assert.Equal(id, Write(FileKind.Bundle, [7]));
        Assert.Single(repository.Files(FileKind.Bundle));
        Assert.Empty(repository.Leftovers());
    }

    [Fact]
    public void Open_file_stays_readable_when_it_is_deleted()
    {
        var id = Write(FileKind.Index, [1, 2, 3]);
        using var file = repository.Store.TryOpen(FileKind.Index, id)!;
        repository.Store.Delete(FileKind.Index, id);
        var bytes = new byte[2];
        Assert.True(file.TryRead(1, bytes));
        Assert.Equal([2, 3], bytes);
        Assert.Null(repository.Store.TryOpen(FileKind.Index, id));
        Assert.Null(repository.Store.Length(FileKind.Index, id));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(-1, 1)]
    [InlineData(long.MaxValue, 1)]
    public void TryRead_outside_of_the_file_is_false(long offset, int length)
    {
        using var file = repository.Store.TryOpen(FileKind.Label, Write(FileKind.Label, [1, 2, 3]))!;
        Assert.False(file.TryRead(offset, new byte[length]));
    }

    [Fact]
    public void Lock_is_one_holders_at_a_time()
    {
        using (repository.Store.Lock("commit"))
            Assert.Null(repository.Store.TryLock("commit"));
        using var held = repository.Store.TryLock("commit");
        Assert.NotNull(held);
    }

    [Fact]
    public void CreateConfig_refuses_a_folder_that_is_not_empty()
    {
        var error = Assert.Throws<RepositoryException>(() => repository.Store.CreateConfig([1], () => { }));
        Assert.Equal(ErrorCode.Usage, error.Code);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("labels")]
    [InlineData("locks")]
    public void Put_and_get_do_without_a_folder_that_a_copy_left_out(string folder)
    {
        var snapshot = repository.Put("name", [1, 2, 3]);
        Directory.Delete(Path.Combine(repository.Path, folder), recursive: true);
        Assert.Equal([1, 2, 3], repository.Get(snapshot));
        Assert.Equal(0, repository.Put("name", [1, 2, 3]).NewChunks);
    }

    private ObjectId Write(FileKind kind, byte[] bytes)
    {
        using var session = repository.Store.OpenSession();
        using var file = repository.Store.Create(kind, session);
        file.Write(bytes.AsSpan(0, 1));
        file.Write(bytes.AsSpan(1));
        return file.Commit();
    }

    [Fact]
    public void CreateConfig_does_not_replace_what_another_made_meanwhile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "new");
        var slower = new LocalDirectory(path, new LateDisk(() => new LocalDirectory(path, new HastyDisk()).CreateConfig([1], () => { })));
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => slower.CreateConfig([2], () => { })).Code);
        Assert.Equal([1], slower.ReadConfig());
    }

    /// <summary>Lets another go first, once it has been seen that nothing is there.</summary>
    private sealed class LateDisk(Action another) : Disk
    {
        private bool waited;

        public override void CreateFolder(string path)
        {
            if (!waited)
            {
                waited = true;
                another();
            }

            base.CreateFolder(path);
        }
    }
}
