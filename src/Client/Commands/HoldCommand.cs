using System.CommandLine;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>hold NAME[@WHICH]</c> and <c>release NAME[@WHICH]</c></summary>
internal static class HoldCommand
{
    /// <summary>The verb that holds.</summary>
    public static Command Create() => Create("hold", "Have a snapshot stay: it can be neither removed nor forgotten", held: true);

    /// <summary>The verb that lets go.</summary>
    public static Command CreateRelease() => Create("release", "Let a held snapshot go", held: false);

    private static Verb Create(string name, string summary, bool held)
    {
        var which = SnapshotArgument.Create();
        return Verb.Create(name, summary, $"streamback {name} web1/etc@1a2b3c4d", [which], [], context => Run(context, which, held));
    }

    private static int Run(CommandContext context, Argument<string> which, bool held)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(which));
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(repository, selector);
        repository.Hold(snapshot, held);
        var what = $"{snapshot.ShortName} of {snapshot.Time:yyyy-MM-dd HH:mm:ss}Z";
        context.Notice((held, snapshot.Held) switch
        {
            (true, false) => $"Held {what}: it can be neither removed nor forgotten; streamback release {snapshot.ShortName} lets it go",
            (true, true) => $"{what} is held already",
            (false, true) => $"Released {what}",
            (false, false) => $"{what} is not held",
        });
        if (context.Json)
            CommandContext.Answer(snapshot with { Held = held }, ProtocolJson.Default.SnapshotInfo);
        return 0;
    }
}
