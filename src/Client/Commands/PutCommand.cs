using System.CommandLine;
using StreamBack.Client.Connections;
using StreamBack.Client.Sources;
using StreamBack.Client.Spooling;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>put NAME [-- COMMAND ARG…]</c></summary>
internal static class PutCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The snapshot's name, such as web1/etc" };

    private static readonly Argument<string[]> Producer = new("COMMAND")
    {
        Description = "After --: a command whose output is stored, if it exits 0",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string[]> Tags = new("--tag") { Description = "Label it (repeatable)", HelpName = "TEXT", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Raw = new("--raw") { Description = "Store bytes as they are, even if they are a tar" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would be new" };
    private static readonly Option<string?> Time = new("--time") { Description = "When it was taken, UTC, such as 2026-11-20T12:00Z", HelpName = "TIME" };
    private static readonly Option<bool> Stream = new("--stream") { Description = "To another machine: send all of it, without asking what is there already" };
    private static readonly Option<bool> AllowTruncated = new("--allow-truncated") { Description = "Keep a tar that ends too soon, marked" };
    private static readonly Option<bool> AllowEmpty = new("--allow-empty") { Description = "Keep an empty stream, marked" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "put",
        "Store standard input, or a command's output",
        """
        tar c /etc | streamback put web1/etc
        streamback put db/shop -- pg_dump shop
        """,
        [Name, Producer],
        [Tags, Raw, DryRun, Time, Stream, AllowTruncated, AllowEmpty, RetryOption.RetryFor, RateOption.Rate, SpoolOption.Spool],
        Run,
        usage: "streamback put [options] <NAME> [-- <COMMAND>...]");

    private static int Run(CommandContext context)
    {
        var arguments = context.Arguments;
        var producer = arguments.GetValue(Producer) ?? [];
        var announced = arguments.Tokens.Any(token => token.Type == System.CommandLine.Parsing.TokenType.DoubleDash);
        if (producer.Length > 0 && !announced)
            throw new RepositoryException(ErrorCode.Usage, $"'{producer[0]}' is one argument too many: a command comes after --");
        if (producer.Length == 0 && announced)
            throw new RepositoryException(ErrorCode.Usage, "No command comes after --");
        var request = new PutRequest
        {
            Name = SnapshotName.Parse(arguments.GetRequiredValue(Name)),
            Tags = arguments.GetValue(Tags) ?? [],
            Command = producer.Length > 0 ? producer : null,
            Time = UtcTime.Parse(arguments.GetValue(Time)),
            Raw = arguments.GetValue(Raw),
            DryRun = arguments.GetValue(DryRun),
            Stream = arguments.GetValue(Stream),
            AllowTruncated = arguments.GetValue(AllowTruncated),
            AllowEmpty = arguments.GetValue(AllowEmpty),
        };
        var spooled = SpoolOption.Begin(context, request);
        var rate = RateOption.WithoutWire(context);
        var input = producer.Length > 0 ? null : new StandardInput(context.Cancellation);
        using var repository = spooled is null ? OpenOrCreate(context, request.DryRun) : spooled.Open(context.Reach);

        // Not before the repository is open: a command that is started for nothing may have done something.
        using var command = input is null ? new CommandOutput(producer, context.Cancellation) : null;
        IStreamSource source = input is null ? command! : input;
        if (rate is { } limit)
            source = new LimitedSource(source, limit, context.Cancellation);
        var progress = new TransferProgress { Total = context.ShowsProgress && input is not null ? StandardInput.RemainingLength : 0 };
        source = new CompressionNotice(source, context.Notice);
        SnapshotInfo info;
        using (new ProgressLine(progress, context.ShowsProgress))
            info = spooled is null ? repository!.Put(request, source, progress, context.Cancellation) : Put(context, spooled, repository, source, progress);
        TellWhatIsGone(context, repository!);
        Tell(context, request, info);
        return 0;
    }

    private static SnapshotInfo Put(CommandContext context, SpooledPut spooled, IRepositoryService? repository, IStreamSource source, TransferProgress progress)
    {
        try
        {
            return spooled.Run(repository, source, progress, context.Cancellation);
        }
        catch (SpooledException error) when (context.Json)
        {
            CommandContext.Answer(new SpooledAnswer(SpoolAnswer.Of(spooled.Folder, error.Entry)), ClientJson.Default.SpooledAnswer);
            throw;
        }
    }

    // The snapshot is durable: nothing that goes wrong from here on makes the put a failure.
    private static void TellWhatIsGone(CommandContext context, IRepositoryService repository)
    {
        if (repository is EmbeddedRepository { IsReplica: true })
            context.Notice($"{context.Location} was made to hold copies: what was put here no other copy has (if it is the repository now, delete the file 'replica' in it)");
        try
        {
            LookBack.Tell(context, repository, shown: _ => false);
        }
        catch (RepositoryException error)
        {
            ErrorReport.Line($"Stored, but what else is there cannot be listed: {error.Message}");
        }
    }

    private static void Tell(CommandContext context, PutRequest request, SnapshotInfo info)
    {
        if (context.Json)
        {
            CommandContext.Answer(PutAnswer.Of(info), ClientJson.Default.PutAnswer);
            return;
        }

        var stored = $"{Sizes.Bytes(info.Length)} in {Sizes.Count(info.Chunks, "chunk")}";

        // What is kept beside the stream, so that it can be looked into, is among the new chunks, too.
        if (info is { NewChunkBytes: { } newBytes, StoredBytes: { } storedBytes })
            stored += $", {Sizes.Bytes(Math.Min(newBytes, info.Length))} new, {Sizes.Bytes(storedBytes)} stored ({Sizes.Saving(info.Length, storedBytes)})";
        context.Notice(request.DryRun
            ? $"Dry run of {info.Name}: {stored}"
            : $"{info.ShortName}: {stored}");
    }

    // Only the default repository makes itself: a mistyped location must not become a new one. A dry run makes nothing.
    private static IRepositoryService OpenOrCreate(CommandContext context, bool dryRun)
    {
        if (context.Served is not null || dryRun || context.Location is not FolderLocation { IsDefault: true } location || KeyFiles.Named(context.KeyFileOption) is not null || EmbeddedRepository.Exists(location.Path))
            return context.Reach();
        if (File.Exists(KeyFiles.DefaultPath))
            throw new RepositoryException(ErrorCode.Usage, $"{KeyFiles.DefaultPath} is a key, but its repository {location.Path} is gone: move the key away to begin a new one");
        var repository = EmbeddedRepository.Create(
            location.Path, averageChunk: null, compression: null, keys => KeyFiles.Write(KeyFiles.DefaultPath, keys.Export(passphrase: null)), context.Notice);
        ErrorReport.Line($"New repository {location.Path}; its key is {KeyFiles.DefaultPath}: copy this key elsewhere, without it nothing can be restored");
        return repository;
    }
}
