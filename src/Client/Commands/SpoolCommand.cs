using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using StreamBack.Client.Spooling;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary><c>spool list|flush [FOLDER]</c></summary>
internal static class SpoolCommand
{
    private static readonly Argument<string?> Folder = new("FOLDER")
    {
        Description = "What put --spool was given. Default: the spool of the repository's name in the configuration",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Group(
        "spool",
        "Deliver streams that wait for a server",
        """
        tar c /etc | streamback --repository office put web1/etc --spool /var/spool/streamback
        streamback spool flush /var/spool/streamback
        """,
        [
            Verb.Create("list", "List what waits", "streamback spool list /var/spool/streamback", [Folder], [], List),
            Verb.Create(
                "flush", "Deliver it, oldest first, each to its own repository or to the one that --repository says",
                "streamback spool flush /var/spool/streamback", [Folder], [RetryOption.RetryFor, RateOption.Rate], Flush),
        ]);

    private static int List(CommandContext context)
    {
        var folder = Open(context);
        ErrorCode? first = null;
        void Failed(RepositoryException error)
        {
            ErrorReport.Tell(error, context.Json);
            first ??= error.Code;
        }

        foreach (var entry in folder.Entries(Failed))
        {
            CommandContext.Answer(context.Json
                ? JsonSerializer.Serialize(SpoolAnswer.Of(folder, entry), ClientJson.Default.SpoolAnswer)
                : string.Create(CultureInfo.InvariantCulture, $"{entry.Taken:yyyy-MM-dd HH:mm:ss}Z  {Sizes.Bytes(entry.Length),9}  {entry.Name}  {Printable.Text(entry.Location)}"));
        }

        return first?.ExitCode() ?? 0;
    }

    private static int Flush(CommandContext context)
    {
        var folder = Open(context);
        using var held = folder.Lock();
        ErrorCode? first = null;
        void Failed(RepositoryException error)
        {
            ErrorReport.Tell(error, context.Json);
            first ??= error.Code;
        }

        var only = context.Arguments.GetValue(CommonOptions.Repository);
        using var destinations = new SpoolDestinations(folder, only, context.Reach, context.Notice);
        foreach (var entry in folder.Entries(Failed))
        {
            if (destinations.IsAway(entry))
                continue;
            try
            {
                Deliver(context, destinations.Of(entry), entry);
            }
            catch (RepositoryException error)
            {
                // The others may go well.
                Failed(destinations.Explain(entry, error));
            }
        }

        return first?.ExitCode() ?? 0;
    }

    private static void Deliver(CommandContext context, SpoolDelivery delivery, SpoolEntry entry)
    {
        var progress = new TransferProgress { Total = entry.Length };
        SnapshotInfo snapshot;
        bool wasThere;
        using (new ProgressLine(progress, context.ShowsProgress))
            snapshot = delivery.Run(entry, progress, context.Cancellation, out wasThere);
        if (context.Json)
            CommandContext.Answer(PutAnswer.Of(snapshot), ClientJson.Default.PutAnswer);
        else
            context.Notice($"{snapshot.ShortName}: {Sizes.Bytes(snapshot.Length)} {(wasThere ? "had come before the connection was lost" : "delivered")}");
    }

    private static SpoolFolder Open(CommandContext context) =>
        (context.Arguments.GetValue(Folder) ?? context.Location.Settings.Spool) is { Length: > 0 } path
            ? new SpoolFolder(path)
            : throw new RepositoryException(ErrorCode.Usage, "Say which folder: the one that put --spool was given");
}
