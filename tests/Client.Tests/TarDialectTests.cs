using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>Tars of every dialect, made by GNU tar and bsdtar: what comes back is the same, and the tools restore from it.</summary>
public sealed class TarDialectTests(TarFixtures fixtures, TarDialectTests.Stock stock) : IClassFixture<TarFixtures>, IClassFixture<TarDialectTests.Stock>
{
    private readonly Home home = stock.Home;

    // bsdtar does not keep times before 1970 as they are.
    private const string TarDiffAfterBsdtar = "tar d --warning=no-unknown-keyword --exclude=tree/nothing --exclude=tree/block";

    /// <summary>One repository for all of them.</summary>
    public sealed class Stock : IDisposable
    {
        internal Home Home { get; } = new();

        /// <summary>Names of the fixtures that are in it.</summary>
        internal HashSet<string> Held { get; } = [];

        public void Dispose() => Home.Dispose();
    }

    public static TheoryData<string> Names => TarFixtures.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Get_gives_every_dialect_byte_for_byte(string fixture)
    {
        await Put(fixture);
        await Succeeds($"streamback get {fixture} > got.tar; cmp got.tar {fixtures.PathOf(fixture)}; tar tf got.tar > listed");
    }

    [Theory]
    [InlineData("gnu", "tar d")]
    [InlineData("oldgnu", "tar d")]
    [InlineData("pax", "tar d")]
    [InlineData("ustar", "tar d")]
    [InlineData("v7", "tar d")]
    [InlineData("label", "tar d")]
    [InlineData("incremental", "tar d")]
    [InlineData("incremental-pax", "tar d")]
    [InlineData("appended", "tar d")]
    [InlineData("concatenated-by-tar", "tar d")]
    [InlineData("bsdtar-pax", TarDiffAfterBsdtar)]
    [InlineData("bsdtar-default", TarDiffAfterBsdtar)]
    [InlineData("bsdtar-gnu", TarDiffAfterBsdtar)]
    public async Task Get_piped_into_tar_is_what_is_on_the_disk(string fixture, string compare)
    {
        await Put(fixture);
        Assert.Equal(("", ""), await Succeeds($"streamback get {fixture} | {compare} -C {fixtures.Folder}"));
    }

    [Theory]
    [InlineData("sparse-gnu")]
    [InlineData("sparse-oldgnu")]
    [InlineData("sparse-pax-0.0")]
    [InlineData("sparse-pax-0.1")]
    [InlineData("sparse-pax-1.0")]
    public async Task Get_piped_into_tar_restores_sparse_files_as_such(string fixture)
    {
        await Put(fixture);
        await Succeeds($"""
            mkdir {fixture}; streamback get {fixture} | tar x -C {fixture}; cd {fixture}/sparse
            for file in holes few hole; do cmp $file {fixtures.Folder}/sparse/$file; done
            [[ $(stat -c %s huge) == $((9 << 30 | 3)) && $(tail -c 4 huge | tr -d '\0') == end ]]
            (($(stat -c '%b * %B' huge) < 1 << 20))
            """);
    }

    [Theory]
    [InlineData("attributes", "tar x --xattrs --xattrs-include='*' --acls -C")]
    [InlineData("bsdtar-attributes", "bsdtar -x --xattrs --acls -C")]
    public async Task Get_piped_into_tar_restores_attributes_and_access_control_lists(string fixture, string extract)
    {
        const string Show = "{ getfattr -R -d -m ^user -e hex attributed; getfacl -R -n attributed; }";
        await Put(fixture);
        var (shown, _) = await Succeeds($"""
            mkdir {fixture}; streamback get {fixture} | {extract} {fixture}
            (cd {fixture}; {Show} | tee shown)
            (cd {fixtures.Folder}; {Show}) | cmp - {fixture}/shown
            """);
        Assert.Contains("user.binary=0x000aff3d", shown, StringComparison.Ordinal);
        Assert.Contains("user:12345:rw-", shown, StringComparison.Ordinal);
        Assert.Contains("default:group:23456:r-x", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volumes_of_one_archive_are_kept_if_the_user_insists_and_restore_together()
    {
        var volumes = fixtures.MakeVolumes();
        foreach (var volume in volumes[..^1])
        {
            (await home.Feed(File.ReadAllBytes(volume), "put", "volume")).FailedWith(4, "Input ends inside member 1 \"tree/large\"");
            var name = Path.GetFileName(volume);
            await Succeeds($"streamback put {name} --allow-truncated < {volume}; streamback get {name} > {name} || (($? == 4)); cmp {name} {volume}");
        }

        var last = Path.GetFileName(volumes[^1]);
        await Succeeds($"""
            streamback put {last} < {volumes[^1]}; streamback get {last} > {last}; cmp {last} {volumes[^1]}
            mkdir volumes; tar xM -C volumes -f $PWD/{string.Join(" -f $PWD/", volumes.Select(Path.GetFileName))}
            cmp volumes/tree/large {fixtures.Folder}/tree/large; cmp volumes/tree/hello {fixtures.Folder}/tree/hello
            """);
    }

    private async Task Put(string fixture)
    {
        if (!stock.Held.Add(fixture))
            return;
        var put = (await home.Shell($"streamback put {fixture} --json < {fixtures.PathOf(fixture)}")).Succeeded();
        Assert.Equal("tar", put.Json.GetProperty("kind").GetString());
    }

    private async Task<(string Output, string Errors)> Succeeds(string script)
    {
        var answer = (await home.Shell("set -e\n" + script)).Succeeded();
        return (answer.Text, answer.Errors);
    }
}
