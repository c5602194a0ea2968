using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary>How repositories and their keys come to be.</summary>
public sealed class NewRepositoryTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Home home = new();

    [Fact]
    public async Task Failed_init_can_be_done_again()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home.Write("file", [1]);
        (await home.Run("--key-file", home.At("file/key"), "init")).FailedWith(1, "cannot be written");
        (await home.Run("--key-file", home.At("key"), "init")).Succeeded();
        (await home.Run("--key-file", home.At("key"), "list")).Succeeded();
    }

    public void Dispose() => home.Dispose();

    [RootFact]
    public async Task What_root_makes_in_the_folder_of_another_is_that_ones_but_for_keys_and_what_a_link_leads_to()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        (await home.Run("--key-file", home.At("key"), "init")).Succeeded();
        home["STREAMBACK_KEY_FILE"] = home.At("key");
        (await home.Shell("""
            set -e
            mkdir server
            touch target
            chown -R nobody:nogroup r server
            head -c 100000 /dev/urandom | streamback put t
            streamback tag t x
            streamback check
            streamback token add a --allow put --state server/state
            streamback token add b --allow put --state server/state
            streamback key export-put server/put.key
            others=$(find r server ! -path server/put.key '(' ! -user nobody -o ! -group nogroup ')')
            [[ -z $others ]] || { echo "not given: $others" >&2; exit 1; }
            [[ $(stat -c %U server/put.key) == root ]]

            ln -sf $PWD/target r/locks/commit
            echo more | streamback put t
            [[ $(stat -c %U target) == root ]]
            """)).Succeeded();
    }

    [Fact]
    public async Task First_put_makes_the_default_repository_and_says_to_copy_its_key()
    {
        var first = (await home.Feed(Tars.Small, "put", "t", "--quiet")).Succeeded();
        Assert.Contains($"{home.KeyFile}: copy this key elsewhere", Assert.Single(first.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(home.KeyFile));
        var second = (await home.Feed(Tars.Small, "put", "t")).Succeeded();
        Assert.DoesNotContain("copy this key", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Default_repository_can_be_read_elsewhere_with_a_copy_of_its_key()
    {
        await home.Put("t", Tars.Small);
        using var elsewhere = new Home();
        var answer = await elsewhere.Run("get", "t", "--repository", "file://" + home.Repository.Folder, "--key-file", home.KeyFile);
        Assert.Equal(Tars.Small, answer.Succeeded().Output);
    }

    [Fact]
    public async Task First_put_refuses_to_begin_anew_where_the_key_is_left_and_the_repository_is_gone()
    {
        await home.Put("t", Tars.Small);
        var key = File.ReadAllBytes(home.KeyFile);
        Directory.Move(home.Repository.Folder, home.At("moved"));
        (await home.Feed(Tars.Small, "put", "t")).FailedWith(2, "gone");
        Assert.Equal(key, File.ReadAllBytes(home.KeyFile));
        Assert.False(Directory.Exists(home.Repository.Folder));
    }

    [Fact]
    public async Task Dry_run_makes_no_repository_and_no_key_and_runs_no_command()
    {
        (await home.Feed(Tars.Small, "put", "t", "--dry-run")).FailedWith(5, "no repository");
        (await home.Run("put", "t", "--dry-run", "--", "touch", home.At("ran"))).FailedWith(5, "no repository");
        Assert.Empty(Directory.GetFileSystemEntries(home.Folder));
    }

    [Fact]
    public async Task First_put_with_a_key_of_the_environment_makes_no_repository_with_another()
    {
        await home.Put("t", Tars.Small);
        File.Move(home.KeyFile, home.At("k"));
        Directory.Delete(home.Repository.Folder, recursive: true);
        home["STREAMBACK_KEY_FILE"] = home.At("k");
        (await home.Feed(Tars.Small, "put", "t")).FailedWith(5, "no repository");
        Assert.False(Path.Exists(home.Repository.Folder) || Path.Exists(home.KeyFile));
    }

    [Fact]
    public async Task Init_makes_a_repository_with_a_key_file_which_the_environment_names_too()
    {
        (await home.Run("init", "--repository", home.At("r"), "--key-file", home.At("k"))).Succeeded();
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(home.At("k")));
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home["STREAMBACK_KEY_FILE"] = home.At("k");
        await home.Put("t", Tars.Small);
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        Assert.False(Directory.Exists(home.Repository.Folder));
    }

    [Fact]
    public async Task Init_with_a_passphrase_keeps_the_key_in_the_repository()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home["STREAMBACK_PASSPHRASE"] = "correct horse";
        (await home.Run("init", "--passphrase")).Succeeded();
        await home.Put("t", Tars.Small);
        home["STREAMBACK_PASSPHRASE"] = null;
        home["STREAMBACK_PASSPHRASE_COMMAND"] = "echo correct horse";
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        home["STREAMBACK_PASSPHRASE_COMMAND"] = null;
        home.Write("p", "correct horse\n"u8.ToArray());
        home["STREAMBACK_PASSPHRASE_FILE"] = home.At("p");
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
        home["STREAMBACK_PASSPHRASE"] = "wrong";
        (await home.Run("get", "t")).FailedWith(6, "passphrase");
    }

    [Fact]
    public async Task Opening_with_no_passphrase_and_no_terminal_is_denied_and_says_how_to_give_one()
    {
        home["STREAMBACK_REPOSITORY"] = home.At("r");
        home["STREAMBACK_PASSPHRASE"] = "correct horse";
        (await home.Run("init", "--passphrase")).Succeeded();
        home["STREAMBACK_PASSPHRASE"] = null;
        (await home.Shell("setsid -w streamback list")).FailedWith(6, "STREAMBACK_PASSPHRASE");
    }

    [Fact]
    public async Task Init_refuses_a_folder_that_is_not_empty_and_leaves_it()
    {
        Directory.CreateDirectory(home.At("r"));
        home.Write("r/mine", [1]);
        (await home.Run("init", "--repository", home.At("r"), "--key-file", home.At("k"))).FailedWith(2, "not empty");
        Assert.Equal([home.At("r/mine")], Directory.GetFileSystemEntries(home.At("r")));
        Assert.False(File.Exists(home.At("k")));
    }

    [Fact]
    public async Task Init_refuses_a_repository_and_a_key_file_that_are_there()
    {
        await home.Put("t", Tars.Small);
        (await home.Run("init", "--repository", home.Repository.Folder, "--key-file", home.At("k"))).FailedWith(2, "is a repository already");
        (await home.Run("init")).FailedWith(2, "is a repository already");
        (await home.Run("init", "--passphrase")).FailedWith(2, "is a repository already");
        (await home.Run("init", "--repository", home.At("r"), "--key-file", home.KeyFile)).FailedWith(2, "nothing was overwritten");
        Assert.Equal(Tars.Small, (await home.Run("get", "t")).Succeeded().Output);
    }

    [Fact]
    public async Task Init_takes_only_chunk_sizes_and_levels_that_exist()
    {
        (await home.Run("init", "--repository", home.At("r"), "--key-file", home.At("k"), "--average-chunk", "48")).FailedWith(2, "49152");
        (await home.Run("init", "--repository", home.At("r"), "--key-file", home.At("k"), "--compression", "99")).FailedWith(2, "99");
        (await home.Run("init", "--repository", home.At("r"))).FailedWith(2, "--key-file");
        Assert.False(Path.Exists(home.At("r")));
        Assert.False(Path.Exists(home.At("k")));
    }
}
