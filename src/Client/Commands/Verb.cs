using System.CommandLine;

namespace StreamBack.Client.Commands;

/// <summary>A verb: what it takes, examples of its use, and what it does.</summary>
internal sealed class Verb : Command
{
    private Verb(string name, string summary, string examples)
        : base(name, summary) => Examples = examples;

    /// <summary>One command a line, shown by its help.</summary>
    public string Examples { get; }

    /// <summary>Its usage line, if it is not the usual one.</summary>
    public string? Usage { get; private init; }

    /// <summary>Does it; returns the exit code.</summary>
    public Func<CommandContext, int> Run { get; private init; } = _ => throw new InvalidOperationException("A group of verbs does nothing by itself");

    /// <summary>Makes a verb.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="summary">One line for the list of verbs.</param>
    /// <param name="examples">One command a line, for its help.</param>
    /// <param name="run">Does it; returns the exit code.</param>
    /// <param name="usage">Its usage line, if it is not the usual one.</param>
    public static Verb Create(
        string name, string summary, string examples, Argument[] arguments, Option[] options, Func<CommandContext, int> run, string? usage = null)
    {
        var verb = new Verb(name, summary, examples) { Usage = usage, Run = run };
        foreach (var argument in arguments)
            verb.Arguments.Add(argument);
        foreach (var option in options)
            verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) => Task.FromResult(run(new CommandContext(parsed, cancellation))));
        return verb;
    }

    /// <summary>Makes a verb that does nothing without one of these after it.</summary>
    public static Verb Group(string name, string summary, string examples, Verb[] verbs)
    {
        var group = new Verb(name, summary, examples);
        foreach (var verb in verbs)
            group.Subcommands.Add(verb);
        return group;
    }
}
