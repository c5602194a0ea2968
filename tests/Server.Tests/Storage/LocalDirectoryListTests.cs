using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Storage;

public class LocalDirectoryListTests
{
    [Theory]
    [InlineData(FileKind.Index, "")]
    [InlineData(FileKind.Bundle, "ab")]
    public void List_passes_over_folders_and_foreign_names(object kind, string folder)
    {
        using var repository = TestRepository.New();
        var path = Path.Combine(repository.Path, ((FileKind)kind).Folder(), folder);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, TestBytes.Object(1).ToString()), "");
        File.WriteAllText(Path.Combine(path, "." + TestBytes.Object(2)), "");
        File.WriteAllText(Path.Combine(path, TestBytes.Object(3) + "0"), "");
        Directory.CreateDirectory(Path.Combine(path, TestBytes.Object(4).ToString()));

        Assert.Equal([TestBytes.Object(1)], repository.Store.List((FileKind)kind));
    }
}
