using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>tag NAME[@WHICH] TEXT…</c></summary>
internal static class TagCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();
    private static readonly Argument<string[]> Texts = new("TEXT") { Description = "Labels to give", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Remove = new("--remove") { Description = "Take this label away (repeatable)", HelpName = "TEXT", Arity = ArgumentArity.OneOrMore };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "tag", "Label a snapshot", "streamback tag web1/etc@latest before-upgrade", [Which, Texts], [Remove], Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        var add = context.Arguments.GetValue(Texts) ?? [];
        var remove = context.Arguments.GetValue(Remove) ?? [];
        if (add.Length + remove.Length == 0)
            throw new RepositoryException(ErrorCode.Usage, "Say which labels to give, or to take away with --remove");
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(repository, selector);
        repository.Tag(snapshot, add, remove);
        if (context.Json)
            CommandContext.Answer(repository.Find(selector with { Which = snapshot.Id }), ProtocolJson.Default.SnapshotInfo);
        return 0;
    }
}
