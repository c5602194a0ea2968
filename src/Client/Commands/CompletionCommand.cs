using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>completion SHELL</c>: a script for bash, zsh or fish, made from the verbs and options themselves.</summary>
internal static class CompletionCommand
{
    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh or fish" };

    /// <summary>The verb.</summary>
    /// <param name="root">What is completed.</param>
    public static Command Create(RootCommand root) => Verb.Create(
        "completion",
        "Print a completion script for a shell",
        """
        streamback completion bash > /etc/bash_completion.d/streamback
        streamback completion fish > ~/.config/fish/completions/streamback.fish
        """,
        [Shell],
        [],
        context => Run(context, root));

    private static int Run(CommandContext context, RootCommand root)
    {
        var script = context.Arguments.GetRequiredValue(Shell) switch
        {
            "bash" => Bash(root),
            "zsh" => Zsh(root),
            "fish" => Fish(root),
            var other => throw new RepositoryException(ErrorCode.Usage, $"There is no completion for '{other}': bash, zsh and fish have one"),
        };
        CommandContext.Answer(script.TrimEnd('\n'));
        return 0;
    }

    // Installed as _streamback it is run by the first completion, which must not end without an answer.
    private static string Zsh(RootCommand root) => $"""
        #compdef streamback
        autoload -U +X bashcompinit && bashcompinit
        {Bash(root)}
        [[ $funcstack[1] != _streamback ]] || _bash_complete -F _streamback
        """;

    private static string Bash(RootCommand root)
    {
        var cases = root.Subcommands.Select(verb =>
            $"        {verb.Name}) words=\"{string.Join(' ', [.. verb.Subcommands.Select(inner => inner.Name), .. Options(verb)])}\" ;;");
        return $$"""
            _streamback() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb="" words="" i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                    --repository|--key-file) ((i++)) ;;
                    -*) ;;
                    *) verb=${COMP_WORDS[i]}; break ;;
                    esac
                done
                case $previous in
                --key-file|--repository|-o|--output|--spool) COMPREPLY=($(compgen -f -- "$word")); return ;;
                esac
                case $verb in
                "") words="{{string.Join(' ', root.Subcommands.Select(verb => verb.Name))}} {{string.Join(' ', Options(root))}}" ;;
            {{string.Join('\n', cases)}}
                esac
                case $verb in
                get|show|tag|list|put)
                    [[ $word == -* ]] || words="$words $(setsid -w streamback --quiet list --json 2>/dev/null </dev/null | sed -n 's/.*"name":"\([^"]*\)".*/\1/p' | sort -u)" ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -F _streamback streamback
            """;
    }

    private static string Fish(RootCommand root)
    {
        var verbs = root.Subcommands.Select(verb =>
            $"complete -c streamback -f -n __fish_use_subcommand -a {verb.Name} -d '{Summary(verb)}'");
        var options = root.Subcommands.SelectMany(verb => verb.Options.Select(option =>
            $"complete -c streamback -f -n '__fish_seen_subcommand_from {verb.Name}' -l {option.Name.TrimStart('-')} -d '{Summary(option)}'"));
        var inner = root.Subcommands.SelectMany(verb => verb.Subcommands.Select(below =>
            $"complete -c streamback -f -n '__fish_seen_subcommand_from {verb.Name}' -a {below.Name} -d '{Summary(below)}'"));
        var common = root.Options.Where(option => option.Recursive).Select(option =>
            $"complete -c streamback -l {option.Name.TrimStart('-')} -d '{Summary(option)}'");
        return string.Join('\n', [.. verbs, .. options, .. inner, .. common]);
    }

    private static IEnumerable<string> Options(Command command) =>
        command.Options.Select(option => option.Name).Concat(["--repository", "--key-file", "--json", "--quiet", "--help"]).Distinct();

    private static string Summary(Symbol symbol) => (symbol.Description ?? "").Split('\n')[0].Replace("'", "", StringComparison.Ordinal);
}
