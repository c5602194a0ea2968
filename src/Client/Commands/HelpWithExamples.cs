using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace StreamBack.Client.Commands;

/// <summary>The usual help, with a verb's own usage line and, at its end, its examples.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private const string UsageTitle = "Usage:\n";

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
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is not Verb verb)
            return usual.Invoke(parseResult);
        using var text = new StringWriter { NewLine = "\n" };
        parseResult.InvocationConfiguration.Output = text;
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        output.Write($"{WithUsage(text.ToString(), verb)}Example:\n  {verb.Examples.Replace("\n", "\n  ", StringComparison.Ordinal)}\n\n");
        return code;
    }

    private static string WithUsage(string text, Verb verb)
    {
        if (verb.Usage is null)
            return text;
        var start = text.IndexOf(UsageTitle, StringComparison.Ordinal) + UsageTitle.Length;
        return $"{text[..start]}  {verb.Usage}{text[text.IndexOf('\n', start)..]}";
    }
}
