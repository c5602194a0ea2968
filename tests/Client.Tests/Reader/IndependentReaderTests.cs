using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Reader;

/// <summary>
/// What the program writes, <c>scripts/restore.py</c> reads: a second reader, written from
/// <c>docs/design/repository-format.md</c> alone, so the page is complete and true where these tests pass.
/// </summary>
public sealed class IndependentReaderTests(SampleRepository sample) : IClassFixture<SampleRepository>
{
    private const int Incomplete = 4; // exit code: an empty stream is kept only if the user insists, and is marked
    private const int HeadSalt = 40;
    private const int FirstFrame = 64 + 128 + 100; // head, one key slot, and some bytes into the frame
    private const int Footer = -32 - 100;          // from the end: the trailer, and some bytes before it

    [Theory]
    [InlineData("--key-file plain.key")]
    [InlineData("--recovery recovery.txt")]
    [InlineData("--passphrase-file passphrase.txt")]
    public void Get_gives_back_every_stream_byte_for_byte(string key)
    {
        sample.Succeed($"""
            $reader repository {key} get raw | cmp - raw.bin
            $reader repository {key} get tree | cmp - second.tar
            first=$($reader repository {key} list | awk '$3 == "tree" && !n++ && $0 = $1')
            $reader repository {key} get "tree@$first" | cmp - first.tar
            """);
    }

    [Theory]
    [InlineData("", "--key-file full.key")]
    [InlineData("", "--recovery recovery.txt")]
    [InlineData("STREAMBACK_PASSPHRASE='frozen in amber'", "")]
    public void Get_from_the_frozen_repository_gives_what_was_put_in_its_day(string environment, string key)
    {
        string folder = Checkout.At("tests/fixtures/repository-v1");
        string reader = $"cd {folder}; {environment} $reader repository {key}";
        string[][] listed = [.. sample.Succeed($"{reader} list").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        string[][] streams = [.. File.ReadLines(Path.Combine(folder, "streams")).Select(line => line.Split(' '))];
        Assert.Equal(streams.Length, listed.Length);
        foreach (string[] stream in streams)
        {
            // Of its day, as the program takes it; the reader takes ids.
            string[] selector = stream[0].Split('@');
            string id = Assert.Single(listed, words => words[2] == selector[0] && words[1].StartsWith(selector.ElementAtOrDefault(1) ?? "", StringComparison.Ordinal))[0];
            (int exitCode, string output, string errors) = sample.Run($"{reader} get {selector[0]}@{id} | sha256sum");
            Assert.Equal($"{stream[1]}  -\n", output);
            Assert.True(exitCode == (stream[0] == "raw/empty" ? Incomplete : 0), errors);
        }
    }

    [Fact]
    public void List_names_the_snapshots_and_their_labels() =>
        Assert.Equal(
            "raw 300000 labelled-later\ntree\ntree\n",
            sample.Succeed("$reader repository --key-file plain.key list | cut -d' ' -f3- | sed 's/^tree .*/tree/'"));

    [Fact]
    public void Get_with_a_key_that_only_stores_exits_6() =>
        Assert.Equal(6, sample.Run("$reader repository --key-file put.key get raw").ExitCode);

    [Fact]
    public void Get_with_the_wrong_passphrase_exits_6() =>
        Assert.Equal(6, sample.Run("STREAMBACK_PASSPHRASE=wrong $reader repository get raw").ExitCode);

    [Theory]
    [InlineData(HeadSalt)]
    [InlineData(FirstFrame)]
    [InlineData(Footer)]
    public void Get_from_a_bundle_with_a_flipped_byte_exits_3(int place)
    {
        string repository = $"flipped{place}";
        sample.Succeed($"$streamback --repository {repository} --key-file {repository}.key init");
        sample.Succeed($"$streamback --repository {repository} --key-file {repository}.key put raw -- cat raw.bin");
        string folder = Path.Combine(sample.Folder, repository, "bundles");
        string bundle = Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(bundle);
        bytes[place < 0 ? bytes.Length + place : place] ^= 1;
        File.WriteAllBytes(bundle, bytes);

        Assert.Equal(3, sample.Run($"$reader {repository} --key-file {repository}.key get raw").ExitCode);
    }

    [Fact]
    public void Every_index_file_agrees_with_the_bundles() =>
        Assert.Matches(
            @"records agree\n0 bundles are in no index file\n$",
            sample.Succeed("$checkIndex repository --key-file plain.key"));
}
