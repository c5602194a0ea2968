using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>Disks that are full or may not be written.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [MountFact]
    public async Task Full_disk_fails_the_put_keeps_what_was_there_and_a_larger_disk_takes_it()
    {
        using var disk = Mount.Temporary(home, "disk", 8);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        var small = Bytes.Random(2_000_000, 1);
        var large = Bytes.Random(20_000_000, 2);
        await home.Put("t", small);

        (await home.Feed(large, "put", "t")).FailedWith(8, "No space left");
        Assert.Single((await home.Run("list")).Succeeded().Lines);
        Assert.Equal(small, (await home.Run("get", "t")).Succeeded().Output);
        var files = new RepositoryFiles(Path.Combine(disk.Folder, "r"));
        Assert.Empty(files.Temporaries);
        Assert.Empty(files.Sessions);

        disk.Resize(64);
        await home.Put("t", large);
        Assert.Equal(large, (await home.Run("get", "t")).Succeeded().Output);
        Assert.Equal(small, (await home.Run("get", "t@-2")).Succeeded().Output);
    }

    [MountFact]
    public async Task Disk_without_a_single_free_byte_still_restores()
    {
        using var disk = Mount.Temporary(home, "disk", 4);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        await home.Put("t", Tars.Small);
        (await home.Shell("head -c 100M /dev/zero > disk/filler; true")).Succeeded();

        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        (await home.Feed(Bytes.Random(100_000, 1), "put", "t")).FailedWith(8, "No space left");
        File.Delete(Path.Combine(disk.Folder, "filler"));
        await home.Put("t", Bytes.Random(100_000, 1));
    }

    [MountFact]
    public async Task Read_only_disk_is_read_and_not_written()
    {
        using var disk = Mount.Temporary(home, "disk", 8);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        await home.Put("t", Tars.Small);
        disk.MakeReadOnly();

        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        Assert.Single((await home.Run("list")).Succeeded().Lines);
        (await home.Feed("x"u8.ToArray(), "put", "t")).FailedWith(1, "Read-only file system");
        (await home.Run("tag", "t", "x")).FailedWith(1, "Read-only file system");
        (await home.Run("init", "--repository", Path.Combine(disk.Folder, "other"), "--key-file", home.At("k"))).FailedWith(1, "Read-only file system");
        Assert.Equal(0, (await home.Feed("x"u8.ToArray(), "put", "t", "--dry-run")).ExitCode);
    }

    [MountFact]
    public async Task Get_to_a_file_on_a_full_disk_goes_on_when_there_is_space()
    {
        var bytes = Bytes.Random(3_000_000, 1);
        await home.Put("t", bytes);
        using var disk = Mount.Temporary(home, "disk", 1);
        var file = Path.Combine(disk.Folder, "out");
        (await home.Run("get", "t", "-o", file)).FailedWith(8, "No space left");
        Assert.False(File.Exists(file));
        disk.Resize(8);
        (await home.Run("get", "t", "-o", file)).Succeeded();
        Assert.Equal(bytes, File.ReadAllBytes(file));
    }

    private void UseRepositoryOn(Mount disk)
    {
        home["STREAMBACK_REPOSITORY"] = Path.Combine(disk.Folder, "r");
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        Assert.False(File.Exists(home.At("key")));
    }
}
