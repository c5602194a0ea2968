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

    [MountFact(image: true)]
    public async Task What_was_only_read_wrongly_is_read_again_past_the_page_cache_and_left_where_it_is()
    {
        using var disk = Mount.Image(home, "disk", 32);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        var bytes = Bytes.Random(3_000_000, 1);
        await home.Put("t", bytes);
        var files = new RepositoryFiles(Path.Combine(disk.Folder, "r"));
        disk.FlipInPageCache(files.Bundles.MaxBy(path => new FileInfo(path).Length)!, 8192);

        Assert.Equal(3, (await home.Run("check", "--read-data")).ExitCode);
        Assert.Contains("is right on the disk", (await home.Run("check", "--read-data", "--repair")).Succeeded().Errors, StringComparison.Ordinal);
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(bytes, (await home.Run("get", "t")).Succeeded().Output);
        Assert.False(Directory.Exists(Path.Combine(disk.Folder, "r", "quarantine")) && Directory.EnumerateFiles(Path.Combine(disk.Folder, "r", "quarantine")).Any());
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

    [MountFact]
    public async Task On_a_full_disk_snapshots_are_dropped_and_that_gives_room()
    {
        using var disk = Mount.Temporary(home, "disk", 24);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        var kept = Bytes.Random(2_000_000, 1);
        await home.Put("kept", kept);
        for (var number = 0; number < 4; number++)
            await home.Put($"old{number}", [.. Bytes.Random(1_500_000, 10 + number), .. kept]);

        // A little is needed to say what is removed, and to write anew what is half used; what does not fit changes nothing.
        (await home.Shell("head -c 100M /dev/zero > disk/filler; true")).Succeeded();
        (await home.Run("remove", "old0@latest")).FailedWith(8, "No space left");
        Assert.Equal(5, (await home.Run("list")).Succeeded().Lines.Length);
        (await home.Shell("truncate -s -200000 disk/filler")).Succeeded();
        (await home.Run("remove", "old0@latest", "old1@latest", "old2@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(kept, (await home.Run("get", "kept")).Succeeded().Output);
        await home.Put("new", Bytes.Random(3_000_000, 2));
    }

    /// <summary>What the guide says of a full disk: index files are rebuilt, so they are the room that is needed to drop something.</summary>
    [MountFact]
    public async Task Where_nothing_else_can_go_index_files_make_the_room()
    {
        using var disk = Mount.Temporary(home, "disk", 24);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        var kept = Bytes.Random(1_000_000, 1);
        await home.Put("kept", kept);
        for (var number = 0; number < 3; number++)
            await home.Put($"old{number}", Bytes.Random(4_000_000, 10 + number));
        (await home.Shell("head -c 100M /dev/zero > disk/filler; true")).Succeeded();
        (await home.Run("remove", "old0@latest")).FailedWith(8, "No space left");
        foreach (var file in Directory.GetFiles(Path.Combine(disk.Folder, "r/index"), "*", SearchOption.AllDirectories))
            File.Delete(file);
        (await home.Run("remove", "old0@latest")).Succeeded();
        (await home.Run("prune", "--grace", "0s")).Succeeded();
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Equal(kept, (await home.Run("get", "kept")).Succeeded().Output);
        await home.Put("new", Bytes.Random(3_000_000, 2));
    }

    [MountFact]
    public async Task A_copy_or_a_repair_that_finds_no_room_is_gone_on_with_when_there_is()
    {
        for (var number = 0; number < 3; number++)
            await home.Put($"n{number}", Bytes.Random(2_000_000, number));
        using var disk = Mount.Temporary(home, "disk", 4);
        var copy = Path.Combine(disk.Folder, "copy");
        (await home.Run("replicate", copy)).FailedWith(8, "No space left");
        (await home.Run("check", "--read-data", "--repository", copy)).Succeeded();
        disk.Resize(32);
        (await home.Run("replicate", copy)).Succeeded();
        Assert.Equal(Bytes.Random(2_000_000, 2), (await home.Run("get", "n2", "--repository", copy)).Succeeded().Output);

        // The copy is damaged, and then has no room for what comes from the repository.
        RepositoryFiles.Flip(new RepositoryFiles(copy).Bundles.MaxBy(path => new FileInfo(path).Length)!, 5000);
        (await home.Shell("head -c 100M /dev/zero > disk/filler; true")).Succeeded();
        (await home.Run("check", "--read-data", "--repair", "--from", home.Repository.Folder, "--repository", copy)).FailedWith(8, "No space left");
        File.Delete(Path.Combine(disk.Folder, "filler"));
        (await home.Run("check", "--read-data", "--repair", "--from", home.Repository.Folder, "--repository", copy)).Succeeded();
        (await home.Run("check", "--read-data", "--repository", copy)).Succeeded();
    }

    [MountFact]
    public async Task On_a_read_only_disk_nothing_is_changed_and_everything_can_be_looked_at()
    {
        using var disk = Mount.Temporary(home, "disk", 8);
        UseRepositoryOn(disk);
        (await home.Run("init")).Succeeded();
        await home.Put("t", Bytes.Random(300_000, 1));
        await home.Put("t", Bytes.Random(300_000, 2));
        (await home.Run("remove", "t@-2")).Succeeded();
        disk.MakeReadOnly();
        foreach (var verb in new[] { "remove t@latest", "undelete t", "hold t@latest", "forget t --keep-last 1", "prune", "replicate disk/copy" })
            (await home.Run(verb.Split(' '))).FailedWith(1, "Read-only file system");
        foreach (var verb in new[] { "list --removed", "check --read-data", "verify t", "stats", "late", "replicate copy" })
            (await home.Run(verb.Split(' '))).Succeeded();
        Assert.Equal(Bytes.Random(300_000, 2), (await home.Run("get", "t", "--repository", "copy")).Succeeded().Output);
    }

    private void UseRepositoryOn(Mount disk)
    {
        home["STREAMBACK_REPOSITORY"] = Path.Combine(disk.Folder, "r");
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        Assert.False(File.Exists(home.At("key")));
    }
}
