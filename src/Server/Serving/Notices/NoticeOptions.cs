using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Notices;

/// <summary>How people are told of troubles; each way that is set is taken.</summary>
public sealed record NoticeOptions
{
    /// <summary>Nobody is told.</summary>
    public static NoticeOptions None { get; } = new();

    /// <summary>A command for <c>/bin/sh</c>: the text is its standard input, <c>$STREAMBACK_SUBJECT</c> one line.</summary>
    public string? Command { get; init; }

    /// <summary>An address that is sent JSON by POST.</summary>
    public string? WebHook { get; init; }

    /// <summary>Mail.</summary>
    public MailOptions? Mail { get; init; }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    internal void EnsureSensible() => _ = Ways();

    /// <summary>The ways.</summary>
    internal IReadOnlyList<INoticeWay> Ways()
    {
        var ways = new List<INoticeWay>();
        if (Command is not null)
            ways.Add(new CommandWay(Command));
        if (WebHook is not null)
            ways.Add(new WebHookWay(WebHook));
        if (Mail is not null)
            ways.Add(new MailWay(Mail));
        return ways;
    }
}

/// <summary>How mail is sent.</summary>
/// <param name="To">Addresses, joined by commas.</param>
/// <param name="From">Whose it is.</param>
/// <param name="Server"><c>HOST</c> or <c>HOST:PORT</c>; 25 if none is given.</param>
/// <param name="Tls">Whether the connection must become an encrypted one (STARTTLS).</param>
/// <param name="User">Null to say none.</param>
/// <param name="PasswordFile">Of the user: a file of one line.</param>
public sealed record MailOptions(string To, string From, string Server, bool Tls, string? User, string? PasswordFile);
