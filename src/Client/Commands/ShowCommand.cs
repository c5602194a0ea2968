using System.CommandLine;
using System.Globalization;
using System.Text;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>show NAME[@WHICH]</c></summary>
internal static class ShowCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create("show", "Show one snapshot's facts", "streamback show web1/etc@-2", [Which], [StateOption.State], Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(StateOption.Remembering(context, repository), selector);
        if (context.Json)
            CommandContext.Answer(snapshot, ProtocolJson.Default.SnapshotInfo);
        else
            CommandContext.Answer(Describe(snapshot));
        return 0;
    }

    private static string Describe(SnapshotInfo snapshot)
    {
        var text = new StringBuilder();
        void Fact(string name, object? value)
        {
            if (value is not (null or ""))
                text.Append(CultureInfo.InvariantCulture, $"{name,-10} {Printable.Text($"{value}")}\n");
        }

        Fact("id", snapshot.Id);
        Fact("name", snapshot.Name);
        Fact("time", snapshot.Time.ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        if (snapshot.Received != snapshot.Time)
            Fact("received", snapshot.Received.ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        Fact("kind", snapshot.Kind);
        Fact("length", $"{snapshot.Length} ({Sizes.Bytes(snapshot.Length)})");
        Fact("sha256", snapshot.Sha256);
        Fact("members", snapshot.Members);
        Fact("chunks", snapshot.NewChunkBytes is { } bytes ? $"{snapshot.Chunks}, {snapshot.NewChunks} of them new ({Sizes.Bytes(bytes)})" : $"{snapshot.Chunks}");
        Fact("stored", snapshot.StoredBytes is { } stored ? $"{Sizes.Bytes(stored)} ({Sizes.Saving(snapshot.Length, stored)})" : null);
        Fact("command", snapshot.Command is null ? null : string.Join(' ', snapshot.Command));
        Fact("tags", string.Join(", ", snapshot.Tags));
        Fact("verified", snapshot.Verified?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Fact("held", snapshot.Held ? "yes" : null);
        Fact("marks", string.Join(", ", snapshot.Marks));
        Fact("previous", snapshot.Previous);
        return text.ToString().TrimEnd('\n');
    }
}
