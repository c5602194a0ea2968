using System.CommandLine;
using System.Globalization;
using StreamBack.Client.Connections;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Commands;

/// <summary><c>init</c></summary>
internal static class InitCommand
{
    private static readonly Option<bool> Passphrase = new("--passphrase")
    {
        Description = "Keep the key in the repository (or in --key-file), wrapped by a passphrase",
    };

    private static readonly Option<string?> AverageChunk = new("--average-chunk") { Description = "Average chunk length in KiB: 16, 32, 64, … 1024 (default 64)", HelpName = "KIB" };
    private static readonly Option<string?> Compression = new("--compression") { Description = "zstd level: -7 to -1, 1 to 19 (default 3)", HelpName = "LEVEL" };

    private static readonly Option<bool> Replica = new("--replica") { Description = "Make a place for copies, without a key, of the repository whose config is standard input" };

    /// <summary>Bytes of a config, which has some hundreds.</summary>
    private const int MaxConfig = 64 << 10;

    /// <summary>More than any option takes; KiB up to here are bytes in an int.</summary>
    private const int MostNumber = 1 << 20;

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "init",
        "Create a repository",
        """
        streamback --repository /mnt/backup --key-file ~/backup.key init
        streamback --repository /mnt/backup init --passphrase
        streamback --repository /srv/copy init --replica < config
        """,
        [],
        [Passphrase, AverageChunk, Compression, Replica],
        Run);

    private static int Run(CommandContext context)
    {
        var averageChunk = Number(context.Arguments, AverageChunk, "a number of KiB") * 1024;
        var compression = Number(context.Arguments, Compression, "a zstd level");
        var location = context.Folder;
        if (EmbeddedRepository.IdOf(location.Path) is { } there)
            throw new RepositoryException(ErrorCode.Usage, $"{location.Path} is a repository already ({there}); nothing was changed");
        if (context.Arguments.GetValue(Replica))
            return MakeReplica(context, location);
        var wrapped = context.Arguments.GetValue(Passphrase);
        var keyFile = KeyFiles.Named(context.KeyFileOption);
        if (keyFile is null)
            keyFile = wrapped ? null : location.IsDefault ? KeyFiles.DefaultPath : throw new RepositoryException(ErrorCode.Usage, "Say where the key goes: --key-file FILE, or --passphrase to keep it in the repository");
        if (keyFile is not null && File.Exists(keyFile))
            throw new RepositoryException(ErrorCode.Usage, $"{keyFile} is there already; nothing was overwritten");
        var passphrase = wrapped ? Passphrases.AskNew("STREAMBACK_PASSPHRASE", context.Cancellation) : null;
        using var repository = EmbeddedRepository.Create(
            location.Path,
            averageChunk,
            compression,
            keys => Keep(keys, keyFile, passphrase),
            context.Notice);
        if (context.Json)
            CommandContext.Answer(new InitAnswer(repository.Id.ToString(), location.Path, keyFile), ClientJson.Default.InitAnswer);
        context.Notice($"New repository {location.Path}; its key is {(keyFile is null ? "in it, under the passphrase" : keyFile + ": copy this key elsewhere, without it nothing can be restored")}");
        return 0;
    }

    private static int MakeReplica(CommandContext context, FolderLocation location)
    {
        if (new[] { AverageChunk, Compression }.Any(option => context.Arguments.GetValue(option) is not null) || context.Arguments.GetValue(Passphrase))
            throw new RepositoryException(ErrorCode.Usage, "A place for copies has no key, and is cut as what is copied: --replica stands alone");
        using var input = Console.OpenStandardInput();
        var config = new byte[MaxConfig];
        var length = input.ReadAtLeast(config, config.Length, throwOnEndOfStream: false);
        EmbeddedRepository.CreateReplica(location.Path, config.AsMemory(0, length));
        if (context.Json)
            CommandContext.Answer(new InitAnswer(EmbeddedRepository.IdOf(location.Path)!, location.Path, KeyFile: null), ClientJson.Default.InitAnswer);
        context.Notice($"New place for copies {location.Path}: streamback replicate sends there");
        return 0;
    }

    // Texts until they are used: an option of a number would be one more thing to compile at every start.
    private static int? Number(ParseResult arguments, Option<string?> option, string what)
    {
        if (arguments.GetValue(option) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && Math.Abs((long)number) <= MostNumber
            ? number
            : throw new RepositoryException(ErrorCode.Usage, $"{option.Name} takes {what}, not '{text}'; --help says which");
    }

    private static void Keep(KeyRing keys, string? keyFile, string? passphrase)
    {
        if (keyFile is null)
            keys.Add(passphrase!);
        else
            KeyFiles.Write(keyFile, keys.Export(passphrase));
    }
}
