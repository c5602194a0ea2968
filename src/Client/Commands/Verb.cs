using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace StreamBack.Client.Commands;

/// <summary>A verb: what it takes, examples of its use, and what it does.</summary>
internal sealed class Verb : Command
{
    private Verb(string name, string summary, string examples)
        : base(name, summary) => Examples = examples;

    /// <summary>One command a line, shown by its help.</summary>
    public string Examples { get; }

    /// <summary>Makes a verb.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="summary">One line for the list of verbs.</param>
    /// <param name="examples">One command a line, for its help.</param>
    /// <param name="run">Does it; returns the exit code.</param>
    public static Verb Create(
        string name, string summary, string examples, Argument[] arguments, Option[] options, Func<CommandContext, int> run)
    {
        var verb = new Verb(name, summary, examples);
        foreach (var argument in arguments)
            verb.Arguments.Add(argument);
        foreach (var option in options)
            verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) => Task.FromResult(run(new CommandContext(parsed, cancellation))));
        return verb;
    }
}

/// <summary>The usual help, with a verb's examples at its end.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts itself in the place of a command line's help.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb verb)
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {verb.Examples.Replace("\n", "\n  ", StringComparison.Ordinal)}\n");
        return code;
    }
}
