using System.CommandLine;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>verify NAME[@WHICH]</c></summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "verify", "Restore a snapshot to nowhere, and compare its hash", "streamback verify web1/etc@-2", [Which], [StateOption.State], Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(repository, selector);
        var progress = new TransferProgress { Total = snapshot.Length };
        using (new ProgressLine(progress, context.ShowsProgress))
            StateOption.Remembering(context, repository).Verify(snapshot, progress, context.Cancellation);
        if (context.Json)
            CommandContext.Answer(snapshot with { Verified = DateTime.UtcNow }, ProtocolJson.Default.SnapshotInfo);
        else
            context.Notice($"{snapshot.ShortName}: {Sizes.Bytes(snapshot.Length)} are what was put");
        return 0;
    }
}
