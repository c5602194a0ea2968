using System.Globalization;
using System.Net;
using System.Net.Mail;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Notices;

/// <summary>Sends mail (System.Net.Mail: STARTTLS, no TLS from the first byte on).</summary>
internal sealed class MailWay : INoticeWay
{
    /// <summary>SMTP's (RFC 5321).</summary>
    private const int DefaultPort = 25;

    /// <summary>Milliseconds that a mail server may take: some make strangers wait half a minute.</summary>
    private const int Patience = 60_000;

    private readonly MailOptions options;
    private readonly string host;
    private readonly int port;

    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public MailWay(MailOptions options)
    {
        this.options = options;
        var colon = options.Server.LastIndexOf(':');
        host = colon < 0 ? options.Server : options.Server[..colon];
        port = DefaultPort;
        if (host.Length == 0 || (colon >= 0 && !int.TryParse(options.Server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)))
            throw new RepositoryException(ErrorCode.Usage, $"notices.mail.server: '{options.Server}' is no HOST:PORT");
        if ((options.User is null) != (options.PasswordFile is null))
            throw new RepositoryException(ErrorCode.Usage, "notices.mail: user and passwordFile go together");
        if (options.User is not null && !options.Tls)
            throw new RepositoryException(ErrorCode.Usage, "notices.mail: a password would be sent for all to read: tls: true");
        try
        {
            using var message = Message(new Notice("", "", [new Trouble("", "", "", "")]));
        }
        catch (FormatException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"notices.mail: to and from are addresses such as admin@example.org: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <inheritdoc/>
    public string Name => "mail";

    /// <inheritdoc/>
    public async Task Tell(Notice notice, CancellationToken cancellation)
    {
        try
        {
            using var client = new SmtpClient(host, port) { EnableSsl = options.Tls, Timeout = Patience };
            if (options.User is { } user)
                client.Credentials = new NetworkCredential(user, (await File.ReadAllTextAsync(options.PasswordFile!, cancellation).ConfigureAwait(false)).Trim());
            using var message = Message(notice);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            ended.CancelAfter(Patience);
            await client.SendMailAsync(message, ended.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SmtpException or IOException or UnauthorizedAccessException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new NoticeException($"{host}:{port}: {error.Message}{(error.InnerException is { } inner ? $" {inner.Message}" : "")}", error);
        }
    }

    private MailMessage Message(Notice notice) => new(options.From, options.To, notice.Subject, notice.Text);
}
