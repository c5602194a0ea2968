using StreamBack.Server.Dedup;
using StreamBack.Server.Tests.Faults;

namespace StreamBack.Server.Tests.Storage;

public class UnfinishedFileTests
{
    [Fact]
    public void Index_file_whose_head_cannot_be_written_leaves_no_temporary_file()
    {
        using var repository = TestRepository.New();

        // The file is made, the write of its head fails.
        var store = repository.On(new FailingDisk(first: 1, count: 1, FailingDisk.IoError)).Store;
        using var session = store.OpenSession();
        Assert.Throws<IOException>(() => new IndexFileWriter(store, TestKeys.Full, session, maxRecords: 1));
        Assert.DoesNotContain(repository.Leftovers(), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
