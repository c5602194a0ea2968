using StreamBack.Client.Configuration;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Notices;
using StreamBack.Server.Serving.Schedules;

namespace StreamBack.Client.Commands;

/// <summary>What can be set of what a server does by itself, and of whom it tells (docs/design/service.md).</summary>
internal static class DutySettings
{
    private static readonly Setting Schedule = Setting.Many("schedule", "--schedule", "DUTY=TIMES", $"When to do what: {string.Join(", ", Duties.All)}, each with five fields as of cron (repeatable)", SettingShape.Keyed);
    private static readonly Setting Keep = Setting.Many("keep", "--keep", "NAMES=RULES", "What the scheduled forget keeps: web1/='daily 7, weekly 5, within 30d' (repeatable)", SettingShape.Keyed);
    private static readonly Setting DataPart = Setting.One("checkData.part", "--check-data-part", "N%", "Which part of the data each scheduled checkData reads (default 5%)");
    private static readonly Setting DataTime = Setting.One("checkData.maxTime", "--check-data-time", "TIME", "… and for how long (default: without a bound)");
    private static readonly Setting Command = Setting.One("notices.command", "--notify-command", "COMMAND", "Tell of what is late, failed or damaged by this shell command, which reads it");
    private static readonly Setting WebHook = Setting.One("notices.webHook", "--notify-url", "URL", "… by a POST of JSON to this address");
    private static readonly Setting MailTo = Setting.One("notices.mail.to", "--notify-mail", "ADDRESS", "… by mail to this address");
    private static readonly Setting MailFrom = Setting.One("notices.mail.from", "--mail-from", "ADDRESS", "Whose mail it is (default: streamback@ this machine)");
    private static readonly Setting MailServer = Setting.One("notices.mail.server", "--mail-server", "HOST[:PORT]", "The mail server (default localhost:25)");
    private static readonly Setting MailTls = Setting.One("notices.mail.tls", "--mail-tls", "yes|no", "Whether its connection must be encrypted, by STARTTLS (default no)");
    private static readonly Setting MailUser = Setting.One("notices.mail.user", "--mail-user", "USER", "Who signs in there");
    private static readonly Setting MailPassword = Setting.One("notices.mail.passwordFile", "--mail-password-file", "FILE", "… with the password in this file");

    /// <summary>How long names may go without a put.</summary>
    public static Setting Expected { get; } = Setting.Many("late", "--expect", "NAMES=TIME", "How long names may go without a put before they are late: web1/=26h, old/=never (repeatable; default: twice what is usual, and an hour)", SettingShape.Keyed);

    /// <summary>Folders that hold copies.</summary>
    public static Setting Stores { get; } = Setting.Many("stores", "--store", "FOLDER", "A folder that holds a copy, on another disk (repeatable): reads fall back to it, schedule replicate keeps it");

    /// <summary>How many must hold what is put.</summary>
    public static Setting Copies { get; } = Setting.One("copies", "--copies", "N", "A put is acknowledged when so many hold it, the repository itself counted (default: all of the stores, and itself)");

    /// <summary>Those that only a server has that runs on.</summary>
    public static IReadOnlyList<Setting> OfServers { get; } = [Schedule, Keep, DataPart, DataTime, Command, WebHook, MailTo, MailFrom, MailServer, MailTls, MailUser, MailPassword];

    /// <summary>What names are expected.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static IReadOnlyList<LateRule> ReadExpected(SettingValues values) => values.Keyed(Expected, RuleText.Late);

    /// <summary>What is done when.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static ScheduleOptions ReadSchedule(SettingValues values) => new()
    {
        Times = values.Keyed(Schedule, ScheduleOptions.Time).GroupBy(time => time.Duty).ToDictionary(group => group.Key, group => group.Last().Text),
        Keep = values.Keyed(Keep, RuleText.Keep),
        Stores = values.Texts(Stores),
        DataPart = values.Part(DataPart, ScheduleOptions.None.DataPart),
        DataTime = values.Text(DataTime) is null ? null : values.Time(DataTime, default),
    };

    /// <summary>Who is told how.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static NoticeOptions ReadNotices(SettingValues values)
    {
        var to = values.Text(MailTo);
        if (to is null && new[] { MailFrom, MailServer, MailTls, MailUser, MailPassword }.FirstOrDefault(setting => values.Text(setting) is not null) is { } alone)
            throw new RepositoryException(ErrorCode.Usage, $"{alone.Key}: to whom? notices.mail.to (--notify-mail)");
        return new NoticeOptions
        {
            Command = values.Text(Command),
            WebHook = values.Text(WebHook),
            Mail = to is null ? null : new MailOptions(
                to,
                values.Text(MailFrom) ?? $"streamback@{Environment.MachineName}",
                values.Text(MailServer) ?? "localhost",
                ReadSwitch(values),
                values.Text(MailUser),
                values.Text(MailPassword)),
        };
    }

    private static bool ReadSwitch(SettingValues values) => values.Text(MailTls) switch
    {
        null or "no" or "false" => false,
        "yes" or "true" => true,
        var text => throw values.Wrong(MailTls, text, "yes or no"),
    };
}
