using System.CommandLine;
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

    private static readonly Option<int?> AverageChunk = new("--average-chunk") { Description = "Average chunk length in KiB: 16, 32, 64, … 1024 (default 64)", HelpName = "KIB" };
    private static readonly Option<int?> Compression = new("--compression") { Description = "zstd level: -7 to -1, 1 to 19 (default 3)", HelpName = "LEVEL" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "init",
        "Create a repository",
        """
        streamback --repository /mnt/backup --key-file ~/backup.key init
        streamback --repository /mnt/backup init --passphrase
        """,
        [],
        [Passphrase, AverageChunk, Compression],
        Run);

    private static int Run(CommandContext context)
    {
        var location = context.Location;
        var wrapped = context.Arguments.GetValue(Passphrase);
        var keyFile = context.KeyFileOption ?? Environment.GetEnvironmentVariable("STREAMBACK_KEY_FILE");
        if (string.IsNullOrEmpty(keyFile))
            keyFile = wrapped ? null : location.IsDefault ? KeyFiles.DefaultPath : throw new RepositoryException(ErrorCode.Usage, "Say where the key goes: --key-file FILE, or --passphrase to keep it in the repository");
        if (keyFile is not null && File.Exists(keyFile))
            throw new RepositoryException(ErrorCode.Usage, $"{keyFile} is there already; nothing was overwritten");
        var passphrase = wrapped ? Passphrases.AskNew("STREAMBACK_PASSPHRASE") : null;
        using var repository = EmbeddedRepository.Create(
            location.Path,
            context.Arguments.GetValue(AverageChunk) * 1024,
            context.Arguments.GetValue(Compression),
            keys => Keep(keys, keyFile, passphrase),
            context.Notice);
        if (context.Json)
            CommandContext.Answer(new InitAnswer(repository.Id.ToString(), location.Path, keyFile), ClientJson.Default.InitAnswer);
        context.Notice($"New repository {location.Path}; its key is {(keyFile is null ? "in it, under the passphrase" : keyFile + ": copy this key elsewhere, without it nothing can be restored")}");
        return 0;
    }

    private static void Keep(KeyRing keys, string? keyFile, string? passphrase)
    {
        if (keyFile is null)
            keys.Add(passphrase!);
        else
            KeyFiles.Write(keyFile, keys.Export(passphrase));
    }
}
