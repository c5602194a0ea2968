using System.CommandLine;

namespace StreamBack.Client.Commands;

/// <summary>How every verb is made: what it takes, an example, and what it does.</summary>
internal static class Verb
{
    /// <summary>Makes a verb.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="summary">One line for the list of verbs.</param>
    /// <param name="examples">One command a line, for its help.</param>
    /// <param name="run">Does it; returns the exit code.</param>
    public static Command Create(
        string name, string summary, string examples, Argument[] arguments, Option[] options, Func<CommandContext, int> run)
    {
        var lines = examples.Split('\n').Select(line => $"    {line}");
        var verb = new Command(name, $"{summary}\n\n  Example:\n{string.Join('\n', lines)}");
        foreach (var argument in arguments)
            verb.Arguments.Add(argument);
        foreach (var option in options)
            verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) => Task.FromResult(run(new CommandContext(parsed, cancellation))));
        return verb;
    }
}
