using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>The contents of single members, against what GNU tar extracts.</summary>
public sealed class CatTests(TarFixtures fixtures, LsTests.Stock stock) : IClassFixture<TarFixtures>, IClassFixture<LsTests.Stock>
{
    private readonly Home home = stock.Home;

    public static TheoryData<string> Names => TarFixtures.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_file_has_the_bytes_that_tar_extracts(string fixture)
    {
        var file = fixtures.PathOf(fixture);
        await home.Put($"cat/{fixture}", File.ReadAllBytes(file));
        (await home.Shell($$"""
            set -e
            rm -rf here; mkdir here; tar xf {{file}} -C here 2> /dev/null || true
            cd here; any=0
            while IFS= read -r path; do
              streamback cat cat/{{fixture}} "$path" | cmp - "$path"; any=$((any + 1))
            done < <(find . -type f ! -name $'*\n*' -printf '%P\n' | LC_ALL=C grep -a '^[ -~]*$' | sed -n '1~{{(Tier.All ? 1 : 23)}}p;/hard/p')
            test $any -gt 0
            """)).Succeeded();
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=pax --sparse-version=0.0")]
    [InlineData("--format=pax --sparse-version=0.1")]
    [InlineData("--format=pax --sparse-version=1.0")]
    public async Task A_sparse_file_comes_with_its_holes_as_zeros(string form)
    {
        (await home.Shell($$"""
            set -e
            rm -rf sparse; mkdir sparse; cd sparse
            truncate -s 20M many; for i in $(seq 0 199); do printf "piece $i" | dd of=many bs=1 seek=$((i * 100000)) conv=notrunc status=none; done
            truncate -s 5M hole; truncate -s 3M end; head -c 100000 /dev/urandom | dd of=end conv=notrunc status=none; head -c 70000 /dev/urandom > full; : > nothing
            tar {{form}} -cSf in.tar many hole end full nothing
            streamback put sparse --quiet < in.tar
            for f in many hole end full nothing; do streamback cat sparse $f | cmp - $f; done
            test "$(streamback ls -l sparse many | awk '{print $3}')" = 20971520
            """)).Succeeded();
    }

    [Fact]
    public async Task Of_a_hard_link_it_is_what_the_link_leads_to()
    {
        (await home.Shell("""
            set -e
            rm -rf links; mkdir links; cd links
            echo one > a; ln a b; tar cf in.tar a b; rm a; echo two > a; tar rf in.tar a
            for i in $(seq 18); do ln -f a l$i; done
            streamback put links --quiet < in.tar
            test "$(streamback cat links b)" = one; test "$(streamback cat links a)" = two; test "$(streamback cat links ./a)" = two
            tar --delete -f in.tar a; streamback put alone --quiet < in.tar
            """)).Succeeded();
        (await home.Run("cat", "alone", "b")).FailedWith(5, "hard link to 'a'");
    }

    [Fact]
    public async Task What_has_no_contents_is_said_to_have_none()
    {
        (await home.Shell("set -e; rm -rf odd; mkdir -p odd/d; cd odd; ln -s d/x l; mkfifo p; tar c d l p | streamback put odd --quiet")).Succeeded();
        (await home.Run("cat", "odd", "d")).FailedWith(2, "a folder");
        (await home.Run("cat", "odd", ".")).FailedWith(2, "a folder");
        (await home.Run("cat", "odd", "l")).FailedWith(2, "a symbolic link to 'd/x'");
        (await home.Run("cat", "odd", "p")).FailedWith(2, "a named pipe");
        (await home.Run("cat", "odd", "none")).FailedWith(5, "'none'");
        (await home.Run("cat", "odd")).FailedWith(2, "");
    }

    [Fact]
    public async Task A_stream_that_is_no_tar_is_one_file()
    {
        var bytes = Bytes.Random(3_000_000, 7);
        await home.Put("dump", bytes);
        Assert.Equal(bytes, (await home.Run("cat", "dump", "stream")).Succeeded().Output);
        (await home.Run("cat", "dump", "other")).FailedWith(5, "'other'");
        (await home.Feed([], "put", "void", "--allow-empty", "--quiet")).Succeeded();
        (await home.Run("cat", "void", "stream")).FailedWith(4, "empty");
    }
}
