using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests;

/// <summary><c>scripts/install</c>, and the manual page that it installs.</summary>
public sealed class InstallTests : IDisposable
{
    // The build finds NuGet's packages where the user has them; MSBuild must not take the test run for its own.
    private const string AsTheUser = "env -u MSBuildSDKsPath -u MSBuildExtensionsPath -u MSBuildLoadMicrosoftTargetsReadOnly";

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Install_into_a_prefix_leaves_a_program_that_runs_its_manual_page_and_completions()
    {
        var userHome = Environment.GetEnvironmentVariable("HOME");
        var install = $"HOME={userHome} {AsTheUser} {Checkout.At("scripts/install")} prefix";
        var first = (await home.Shell(install)).Succeeded();
        Assert.Equal($"Installed {home.At("prefix/bin/streamback")}", first.Lines[^1]);
        (await home.Shell(install)).Succeeded(); // over what is there
        Assert.Contains($"systemctl enable '{home.At("prefix/lib/systemd/system/streamback.service")}'", first.Errors, StringComparison.Ordinal);
        (await home.Shell($"HOME={userHome} {AsTheUser} {Checkout.At("scripts/install")} 'o d&|%'")).Succeeded();

        home.Write("in.tar", Tars.Small);
        var used = await home.Shell($"""
            set -e
            export PATH=$PWD/prefix/bin:$PATH
            test "$(command -v streamback)" = $PWD/prefix/bin/streamback
            streamback --version
            streamback put t --quiet < in.tar
            streamback get t | cmp - in.tar
            cmp prefix/share/man/man1/streamback.1 {Checkout.At("docs/man/streamback.1")}
            streamback completion bash | cmp - prefix/share/bash-completion/completions/streamback
            streamback completion zsh | cmp - prefix/share/zsh/site-functions/_streamback
            streamback completion fish | cmp - prefix/share/fish/vendor_completions.d/streamback.fish
            grep -q "^ExecStart=$PWD/prefix/bin/streamback serve " prefix/lib/systemd/system/streamback.service
            grep -qF "ExecStart=\"$PWD/o d&|%%/bin/streamback\" serve --config" "o d&|%/lib/systemd/system/streamback.service"
            cmp prefix/share/streamback/server.yml {Checkout.At("scripts/systemd/server.yml")}
            test -z "$(find prefix -name '*.new' -o -name '*.old')"
            """);
        Assert.Equal((await home.Run("--version")).Succeeded().Text, used.Succeeded().Text);
    }

    [Fact]
    public async Task Only_the_first_build_says_how_long_it_takes() => Assert.Equal(
        ["Building streamback (the first time takes about a minute) …", "Building streamback …"],
        (await home.Shell($$"""
            set -e
            root=$PWD
            . {{Checkout.At("scripts/lib/release.sh")}}
            need() { :; }
            dotnet() { :; }
            mkdir .build
            publish
            publish
            """)).Succeeded().Lines);

    [Theory]
    [InlineData("groff -mandoc -ww -Tutf8 -z")]
    [InlineData("mandoc -T lint -W warning")]
    public async Task Manual_page_renders_without_a_warning(string render)
    {
        var answer = (await home.Shell($"{render} {Checkout.At("docs/man/streamback.1")}")).Succeeded();
        Assert.Equal(("", ""), (answer.Text, answer.Errors));
    }
}
