using System.CommandLine;
using System.Text;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Commands;

/// <summary><c>get NAME[@WHICH] [PATH…] [-o FILE]</c></summary>
internal static class GetCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();

    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "Only these members of a tar, with all that is below them, as a tar",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Write a whole stream to a file, in place of what is there; begun again, it goes on where it stopped",
        HelpName = "FILE",
    };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "get",
        "Write a stored stream, byte for byte, or members of a tar as a tar",
        """
        set -o pipefail; streamback get web1/etc | tar x
        streamback get web1/etc etc/ssh etc/hosts | tar x
        streamback get db/shop@-2 -o shop.sql
        """,
        [Which, Paths],
        [Output, RateOption.Rate],
        Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        var path = context.Arguments.GetValue(Output);
        if (path is null or "-" && !Console.IsOutputRedirected)
            throw new RepositoryException(ErrorCode.Usage, "Standard output is a terminal: pipe it into something, such as tar x, or name a file with -o");
        using var repository = context.Reach();

        // First, so that it is told too where what is gone is what was asked for.
        LookBack.Tell(context, repository, snapshot => snapshot.Name == selector.Name.ToString());
        var snapshot = OneSnapshot.Find(repository, selector);
        var paths = PathsOf(context);
        var progress = new TransferProgress { Total = paths.Count > 0 ? 0 : snapshot.Length };
        using (new ProgressLine(progress, context.ShowsProgress))
        {
            if (paths.Count > 0)
                GetPart(context, repository, snapshot, paths, path, progress);
            else if (path is null or "-")
                GetToOutput(context, repository, snapshot, progress);
            else
                GetToFile(context, repository, snapshot, path, progress);
        }

        if (context.Json && path is not null)
            CommandContext.Answer(snapshot, ProtocolJson.Default.SnapshotInfo);
        if (snapshot.IsPartial)
            throw new RepositoryException(ErrorCode.Incomplete, $"{snapshot.ShortName} is marked {string.Join(", ", snapshot.Marks)}: {(paths.Count > 0 ? "members may be missing" : "these are all its bytes")}");
        if (paths.Count > 0)
            context.NoticeMarks(snapshot);
        return 0;
    }

    private static List<byte[]> PathsOf(CommandContext context) =>
        [.. (context.Arguments.GetValue(Paths) ?? []).Select(path => MemberPath.Clean(Encoding.UTF8.GetBytes(path)))];

    // A part is short, and made anew when it is asked for again.
    private static void GetPart(CommandContext context, IRepositoryService repository, SnapshotInfo snapshot, List<byte[]> paths, string? path, TransferProgress progress)
    {
        if (path is not (null or "-"))
            throw new RepositoryException(ErrorCode.Usage, "-o is for whole streams; send a part to a file by >");
        using var output = new StandardOutput();
        repository.GetPart(snapshot, paths, context.Limited(output), progress, context.Cancellation);
    }

    private static void GetToOutput(CommandContext context, IRepositoryService repository, SnapshotInfo snapshot, TransferProgress progress)
    {
        using var output = new StandardOutput();
        repository.Get(snapshot, context.Limited(output), prefix: null, progress, context.Cancellation);
    }

    // Until it is whole and confirmed the file has another name, which says of which snapshot it is a part.
    private static void GetToFile(CommandContext context, IRepositoryService repository, SnapshotInfo snapshot, string path, TransferProgress progress)
    {
        if (path.Length == 0 || Directory.Exists(path))
            throw new RepositoryException(ErrorCode.Usage, $"'{path}' is {(path.Length == 0 ? "no file name" : "a folder")}: name a file with -o");
        try
        {
            // A link leads to what is meant; a device or a named pipe is written to, not replaced.
            if (new FileInfo(path) is { LinkTarget: not null } link)
                path = link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            if (SystemCalls.IsSpecialFile(path))
            {
                using var special = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                repository.Get(snapshot, context.Limited(special), prefix: null, progress, context.Cancellation);
                return;
            }

            var partial = $"{path}.{snapshot.Id[..8]}.partial";
            using (var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0))
            {
                // What replaces a private file is private from its first byte on.
                if (File.Exists(path))
                    File.SetUnixFileMode(partial, File.GetUnixFileMode(path));
                if (file.Length > snapshot.Length)
                    file.SetLength(0);
                Write(context, repository, snapshot, file, progress);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Failed, $"{path} cannot be written: {error.Message}", error);
        }
    }

    private static void Write(CommandContext context, IRepositoryService repository, SnapshotInfo snapshot, FileStream file, TransferProgress progress)
    {
        var target = context.Limited(file);
        var resumed = file.Length > 0;
        try
        {
            repository.Get(snapshot, target, resumed ? file : null, progress, context.Cancellation);
        }
        catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt && resumed)
        {
            // It may be the part that was there, not the repository: begin anew, once.
            file.SetLength(0);
            repository.Get(snapshot, target, prefix: null, progress, context.Cancellation);
        }
    }
}
