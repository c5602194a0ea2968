using System.Diagnostics;
using System.Security.Cryptography;
using StreamBack.Client.Tests.Harness;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests;

/// <summary>However long a stream is, <c>put</c> and <c>get</c> stay within one bound of memory.</summary>
public sealed class MemoryTests : IDisposable
{
    /// <summary>Anonymous memory in bytes: the goal that <c>scripts/bench</c> holds to, on small repositories.</summary>
    private const long Bound = 256L << 20;

    /// <summary>Less than any .NET program has; otherwise nothing was measured.</summary>
    private const long Least = 4L << 20;

    private const int BlockSize = 512;

    /// <summary>Bytes after which the long stream repeats itself: no multiple of a chunk or a buffer.</summary>
    private const int Period = 5_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Members and blocks are as many as the issue is about with STREAMBACK_TEST_ALL=1, otherwise fewer.</summary>
    private static readonly bool All = Tier.All;

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Tar_of_very_many_members_takes_bounded_memory()
    {
        var count = All ? 500_000 : 60_000;
        await AssertBounded(EmptyMembers(count));
        Assert.Equal(count, (await home.Run("show", "t", "--json")).Succeeded().Json.GetProperty("members").GetInt64());
    }

    [Fact]
    public async Task Long_stream_that_repeats_itself_takes_bounded_memory_and_is_stored_once()
    {
        await AssertBounded(Repetition(All ? 4L << 30 : 256L << 20));
        Assert.InRange(home.Repository.Length, Period, 2 * Period);
    }

    [Fact]
    public async Task Copying_checking_and_pruning_of_much_take_bounded_memory()
    {
        (await home.Shell($"head -c {(All ? "4G" : "300M")} /dev/urandom | streamback put big --quiet; streamback put gone --quiet < /etc/passwd; streamback remove gone@latest --quiet")).Succeeded();
        using var far = new Home();
        (await far.Shell($"streamback init --replica --repository data/streamback < {home.Repository.Config}")).Succeeded();
        var token = await ServerProcess.Token(far, "all", "objects,objects-put");
        using var server = await ServerProcess.Start(far);
        home.Token = token;
        foreach (var command in new[] { "replicate copy --quiet", $"replicate {server.Address} --quiet", "check --read-data --quiet", "check --read-data --quiet --repository copy", "prune --grace 0s --quiet" })
            await AssertBounded(home.Start(Home.Executable, command.Split(' ')), _ => { });
        Assert.Empty(home.Repository.Bundles.Select(Path.GetFileName).Except(far.Repository.Bundles.Select(Path.GetFileName)));
    }

    // Each member differs in its time.
    [Fact]
    public async Task Looking_into_tars_of_very_many_members_takes_bounded_memory()
    {
        var count = All ? 1_000_000 : 60_000;
        (await home.Run("init")).Succeeded();
        foreach (var time in new[] { "00000001750", "00000001751" })
            await AssertBounded(home.Start(Home.Executable, "put", "t", "--quiet"), put => Send(put, EmptyMembers(count, time)));
        foreach (var (command, lines) in new[] { ("ls -R t", count + 1), ("ls -lR --all t", count + 1), ("ls t member", count), ("find *77 --json", count / 50), ("diff t@-2 t", count) })
        {
            var read = 0;
            await AssertBounded(home.Start(Home.Executable, command.Split(' ')), look =>
            {
                while (look.StandardOutput.ReadLine() is not null)
                    read++;
            });
            Assert.Equal((command, lines), (command, read));
        }

        var bytes = 0L;
        await AssertBounded(home.Start(Home.Executable, "get", "t", "member"), get => bytes = Drain(get.StandardOutput.BaseStream));
        Assert.InRange(bytes, (long)BlockSize * count, (long)BlockSize * (count + 40));
    }

    private static void Send(Process put, IEnumerable<ReadOnlyMemory<byte>> stream)
    {
        using var input = put.StandardInput.BaseStream;
        foreach (var piece in stream)
            input.Write(piece.Span);
    }

    private static long Drain(Stream stream)
    {
        var (buffer, all) = (new byte[1 << 20], 0L);
        for (int read; (read = stream.Read(buffer)) > 0;)
            all += read;
        return all;
    }

    private async Task AssertBounded(IEnumerable<ReadOnlyMemory<byte>> stream)
    {
        (await home.Run("init")).Succeeded();
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await AssertBounded(home.Start(Home.Executable, "put", "t", "--quiet"), put =>
        {
            using var input = put.StandardInput.BaseStream;
            foreach (var piece in stream)
            {
                sent.AppendData(piece.Span);
                input.Write(piece.Span);
            }
        });
        byte[] received = [];
        await AssertBounded(home.Start(Home.Executable, "get", "t"), get => received = SHA256.HashData(get.StandardOutput.BaseStream));
        Assert.Equal(sent.GetHashAndReset(), received);
    }

    private static async Task AssertBounded(Process started, Action<Process> talk)
    {
        using var process = started;
        using var patience = new CancellationTokenSource(Patience);
        using var killing = patience.Token.Register(process.Kill);
        var peak = MemoryWatch.Peak(process);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            talk(process);
        }
        catch (IOException)
        {
            // It has ended too soon, and says why.
        }

        var bytes = await peak;
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        Assert.InRange(bytes, Least, Bound);
    }

    /// <summary>A tar whose members have nothing but a name. The memory is valid until the next is asked for.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> EmptyMembers(int count, string time = "00000001750") =>
        ManyMembers.Of(new TarBuilder().Header("member/0000000", edit: header => TarBuilder.Put(header, 136, time)).ToArray(), "member/".Length, count);

    /// <summary>The same bytes again and again.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Repetition(long length)
    {
        var block = Bytes.Random(Period, 1);
        for (var left = length; left > 0; left -= block.Length)
            yield return block.AsMemory(0, (int)Math.Min(left, block.Length));
    }
}
