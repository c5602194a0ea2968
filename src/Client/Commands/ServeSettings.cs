using System.CommandLine;
using Microsoft.Extensions.Logging;
using StreamBack.Client.Configuration;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Http;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Serving.Stdio;

namespace StreamBack.Client.Commands;

/// <summary>Everything that can be set of a server (docs/guide/server-configuration.md): a flag wins over the configuration file.</summary>
internal static class ServeSettings
{
    private static readonly ServeLimits Defaults = new();

    /// <summary>The file with settings.</summary>
    public static Option<string?> File { get; } = new("--config") { Description = "Settings, as YAML; a flag wins over them", HelpName = "FILE" };

    /// <summary>Where the repository is.</summary>
    public static Setting Repository { get; } = new("repository", SettingShape.One, CommonOptions.Repository);

    /// <summary>What opens it.</summary>
    public static Setting KeyFile { get; } = new("keyFile", SettingShape.One, CommonOptions.KeyFile);

    /// <summary>Where requests are taken.</summary>
    public static Setting Listen { get; } = Setting.Many("listen", "--listen", "URL", "Take requests here (repeatable): https://0.0.0.0:8420, http://127.0.0.1:8420");

    /// <summary>The Unix socket.</summary>
    public static Setting Socket { get; } = Setting.One("socket", "--socket", "PATH", "… and on a Unix socket, for its owner without a token");

    /// <summary>The quotas.</summary>
    public static Setting Quota { get; } = Setting.Many("quota", "--quota", "[PREFIX=]BYTES", "What streams may have together: web1/=500GiB (repeatable); without a prefix, of all names", SettingShape.Keyed);

    /// <summary>How long removed snapshots rest.</summary>
    public static Setting Grace { get; } = Setting.One("grace", "--grace", "TIME", "How long removed snapshots rest before a prune gives them up (default 14d)");

    private static readonly Setting Certificate = Setting.One("tlsCert", "--tls-cert", "FILE", "The certificate chain, PEM");
    private static readonly Setting CertificateKey = Setting.One("tlsKey", "--tls-key", "FILE", "Its private key, PEM");
    private static readonly Setting Hosts = Setting.Many("hosts", "--host", "NAME", "A name by which the server is asked, besides those of its certificate (repeatable)");
    private static readonly Setting State = new("state", SettingShape.One, StateOption.State);
    private static readonly Setting Connections = Setting.One("limits.connections", "--max-connections", "N", $"Connections at once (default {Defaults.Connections})");
    private static readonly Setting Streams = Setting.One("limits.streams", "--max-streams", "N", $"Puts and gets that run at once (default {Defaults.Streams})");
    private static readonly Setting Waiting = Setting.One("limits.waiting", "--max-waiting", "N", $"Puts and gets that wait for their turn (default {Defaults.Waiting})");
    private static readonly Setting Rate = Setting.One("limits.rate", "--max-rate", "BYTES", "Bytes a second of one connection's bodies (default: as many as can be)");
    private static readonly Setting SessionAge = Setting.One("limits.sessionAge", "--session-age", "TIME", "How long a put or get may run (default 7d)");
    private static readonly Setting Patience = Setting.One("limits.patience", "--patience", "TIME", "How long a body may stand still (default 15m)");
    private static readonly Setting StopWithin = Setting.One("limits.stopWithin", "--stop-within", "TIME", "How long what runs may go on after SIGTERM (default 60s)");
    private static readonly Setting Logs = Setting.One("logLevel", "--log-level", "LEVEL", "From which level on things are logged: debug, information, warning, error (default information)");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Repository, KeyFile, Listen, Socket, Certificate, CertificateKey, Hosts, State, Connections, Streams, Waiting, Rate, SessionAge, Patience, StopWithin, Quota, Grace, Logs, DutySettings.Expected, DutySettings.Stores, DutySettings.Copies, .. DutySettings.OfServers,
    ];

    /// <summary>The flags that are <c>serve</c>'s own.</summary>
    public static IEnumerable<Option> Flags => All.Select(setting => setting.Flag).Where(flag => !flag.Recursive).Prepend(File);

    /// <summary>What is set.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static SettingValues Read(ParseResult arguments) => new(All, arguments, arguments.GetValue(File));

    private static string StateFolder(SettingValues values, RepositoryId repository) => values.Text(State) ?? StateOption.Default(repository.ToString());

    // EVERYTHING is what a quota without a prefix is for; empty for every name.
    private static IReadOnlyList<QuotaRule> Quotas(SettingValues values, IReadOnlyList<string> everything) =>
        [.. values.KeyedBytes(Quota).Select(quota => quota.Key.Length == 0 ? QuotaRule.For(everything, quota.Bytes) : QuotaRule.For(quota.Key, quota.Bytes))];

    /// <summary>Options for two pipes, over which one comes alone.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, also for what makes no sense there.</exception>
    public static StdioOptions StdioOptions(SettingValues values, RepositoryId repository, Access access)
    {
        Setting[] senseless = [Listen, Socket, Certificate, CertificateKey, Hosts, Connections, Streams, Waiting, .. DutySettings.OfServers];
        if (senseless.FirstOrDefault(setting => values.Texts(setting).Count > 0) is { } given)
            throw new RepositoryException(ErrorCode.Usage, $"{given.Flag.Name} makes no sense with --stdio: it has nothing to listen on, and one client");
        var limits = Limits(values, Server.Serving.Stdio.StdioOptions.DefaultStopWithin);
        limits.EnsureSensible();
        return new StdioOptions
        {
            Access = access,
            StateFolder = StateFolder(values, repository),
            Limits = limits,
            Quotas = Quotas(values, access.Prefixes),
            Expected = DutySettings.ReadExpected(values),
            Logs = values.Choice(Logs, LogLevel.Error),
        };
    }

    /// <summary>A server's options.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static ServeOptions Options(SettingValues values, RepositoryId repository) => new()
    {
        Listen = values.Texts(Listen),
        SocketPath = values.Text(Socket),
        CertificatePath = values.Text(Certificate),
        CertificateKeyPath = values.Text(CertificateKey),
        Hosts = values.Texts(Hosts),
        StateFolder = StateFolder(values, repository),
        Limits = Limits(values, Defaults.StopWithin),
        Quotas = Quotas(values, everything: []),
        Expected = DutySettings.ReadExpected(values),
        Schedule = DutySettings.ReadSchedule(values),
        Notices = DutySettings.ReadNotices(values),
        Logs = values.Choice(Logs, LogLevel.Information),
    };

    private static ServeLimits Limits(SettingValues values, TimeSpan stopWithin) => new()
    {
        Connections = values.Number(Connections, Defaults.Connections),
        Streams = values.Number(Streams, Defaults.Streams),
        Waiting = values.Number(Waiting, Defaults.Waiting),
        BodyRate = values.Bytes(Rate, Defaults.BodyRate),
        SessionAge = values.Time(SessionAge, Defaults.SessionAge),
        Patience = values.Time(Patience, Defaults.Patience),
        StopWithin = values.Time(StopWithin, stopWithin),
    };
}
