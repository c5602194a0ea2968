using System.Collections.Concurrent;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>Who may what where a key of ssh is bound to <c>serve --stdio</c>: every verb with every capability, everywhere, inside and outside of a prefix.</summary>
public sealed class ForcedAccessTests(ForcedAccessTests.Bound bound) : IClassFixture<ForcedAccessTests.Bound>
{
    private const int NotFoundExitCode = 5;

    private const int DeniedExitCode = 6;

    /// <summary>Processes at once: a core or two, and each waits for the disk now and then.</summary>
    private const int AtOnce = 3;

    // A verb with NAME, what it needs, and how it ends inside and outside of a prefix.
    private static readonly (string Verb, string[] Needs, int Inside, int Outside)[] Verbs =
    [
        ("put NAME --quiet", ["put"], 0, DeniedExitCode),
        ("put NAME --dry-run", ["put"], 0, DeniedExitCode),
        ("put NAME --time 2026-01-01", ["put", "maintain"], 0, DeniedExitCode),
        ("get NAME", ["get"], 0, DeniedExitCode),
        ("ls NAME", ["get"], 0, DeniedExitCode),
        ("ls -lR --all NAME stream", ["get"], 0, DeniedExitCode),
        ("cat NAME stream", ["get"], 0, DeniedExitCode),
        ("diff -l NAME NAME@-1", ["get"], 0, DeniedExitCode),
        ("find stream NAME", ["get"], 0, DeniedExitCode),
        ("list NAME", ["list"], 0, NotFoundExitCode),
        ("show NAME", ["list"], 0, DeniedExitCode),
        ("tag NAME x", ["maintain", "list"], 0, DeniedExitCode),
        ("hold NAME", ["maintain", "list"], 0, DeniedExitCode),
        ("release NAME", ["maintain", "list"], 0, DeniedExitCode),
        ("forget NAME --keep-last 1000", ["remove", "list"], 0, DeniedExitCode),
        ("list --removed NAME", ["list"], 0, 0),
        ("prune --dry-run", ["maintain"], DeniedExitCode, DeniedExitCode),
        ("check", ["maintain"], DeniedExitCode, DeniedExitCode),
        ("check --read-data", ["maintain"], DeniedExitCode, DeniedExitCode),
        ("late NAME --expect NAME=1d", ["list"], 0, NotFoundExitCode),
        ("stats", ["maintain"], DeniedExitCode, DeniedExitCode),
    ];

    public static TheoryData<string> Asked => [.. Verbs.Select(row => row.Verb)];

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task Each_verb_needs_its_capabilities_and_its_prefix(string verb)
    {
        var row = Verbs.Single(row => row.Verb == verb);
        var wrong = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(AccessRequest.Cells(row.Needs), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (cell, _) =>
        {
            var (allow, prefix, name) = cell;
            var expected = Expected(row, allow, prefix, name);
            var forced = bound.Home.Start("env", [$"SSH_ORIGINAL_COMMAND=streamback {verb.Replace("NAME", name, StringComparison.Ordinal)}", Home.Executable, "serve", "--stdio", .. Limits(allow, prefix).Split(' ')]);
            var answer = await Home.Finish(forced, [1, 2, 3]);
            if (answer.ExitCode != expected || (expected != 0 && (answer.Output.Length > 0 || !answer.Errors.StartsWith("streamback: ", StringComparison.Ordinal) || answer.Errors.Count(letter => letter == '\n') != 1)))
                wrong.Enqueue($"--allow {allow} --prefix {prefix} {verb} {name}: {answer.ExitCode}, not {expected}: {answer.Text}{answer.Errors}");
        });
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task Each_verb_is_held_to_them_by_a_real_sshd(string verb)
    {
        var row = Verbs.Single(row => row.Verb == verb);
        var just = string.Join(',', row.Needs);
        var others = string.Join(',', AccessRequest.Capabilities.Except([row.Needs[0], "get", "list"]));
        foreach (var (allow, prefix, name) in new[] { (just, "", AccessRequest.Outside), (just, "web1/", AccessRequest.Inside), (just, "web1/", AccessRequest.Outside), (others, "", AccessRequest.Inside) })
        {
            File.WriteAllText(bound.Home.At("limits"), Limits(allow, prefix));
            var answer = await bound.Home.Shell($"printf 123 | ssh host streamback {verb.Replace("NAME", name, StringComparison.Ordinal)}");
            Assert.Equal((allow, prefix, name, Expected(row, allow, prefix, name)), (allow, prefix, name, answer.ExitCode));
            Assert.True(answer.ExitCode == 0 || answer.Output.Length == 0);
        }
    }

    private static int Expected((string Verb, string[] Needs, int Inside, int Outside) row, string allow, string prefix, string name)
    {
        // Who may get finds a snapshot as who may list does; only a list needs that right itself.
        var granted = allow.Split(',');
        var may = row.Needs.All(need => granted.Contains(need) || (need == "list" && row.Verb.Split(' ')[0] is not ("list" or "forget" or "late") && granted.Contains("get")));
        return !may ? DeniedExitCode : prefix == "" ? 0 : name == AccessRequest.Inside ? row.Inside : row.Outside;
    }

    private static string Limits(string allow, string prefix) => prefix == "" ? $"--allow {allow}" : $"--allow {allow} --prefix {prefix}";

    /// <summary>A repository with one snapshot inside and one outside of the prefix, and an sshd that binds a key to what the file <c>limits</c> says.</summary>
    public sealed class Bound : IAsyncLifetime
    {
        private SshServer? sshd;

        internal Home Home { get; } = new();

        public async Task InitializeAsync()
        {
            await Home.Put(AccessRequest.Inside, [1, 2, 3]);
            await Home.Put(AccessRequest.Outside, [4, 5, 6]);
            sshd = await SshServer.Start(Home, $"exec streamback serve --stdio $(cat {Home.At("limits")})");
        }

        public Task DisposeAsync()
        {
            sshd?.Dispose();
            Home.Dispose();
            return Task.CompletedTask;
        }
    }
}
