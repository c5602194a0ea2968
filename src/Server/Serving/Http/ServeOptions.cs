using Microsoft.Extensions.Logging;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Limits;
using StreamBack.Server.Serving.Notices;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Serving.Schedules;

namespace StreamBack.Server.Serving.Http;

/// <summary>Where a server listens, how it is secured, and what it allows.</summary>
public sealed record ServeOptions
{
    /// <summary>URLs: <c>http://127.0.0.1:8420</c>, <c>https://0.0.0.0:8420</c>; hosts are addresses or <c>localhost</c>.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>A Unix socket, made with mode 0600; null for none.</summary>
    public string? SocketPath { get; init; }

    /// <summary>The certificate chain, PEM; read again when it changes.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>Its private key, PEM.</summary>
    public string? CertificateKeyPath { get; init; }

    /// <summary>Names by which the server is asked, besides those of the certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The state folder: tokens, puts underway, what was found damaged.</summary>
    public required string StateFolder { get; init; }

    /// <summary>What is allowed.</summary>
    public ServeLimits Limits { get; init; } = new();

    /// <summary>What names may have.</summary>
    public IReadOnlyList<QuotaRule> Quotas { get; init; } = [];

    /// <summary>How long names may go without a put.</summary>
    public IReadOnlyList<LateRule> Expected { get; init; } = [];

    /// <summary>What the server does by itself.</summary>
    public ScheduleOptions Schedule { get; init; } = ScheduleOptions.None;

    /// <summary>How people are told of what is wrong.</summary>
    public NoticeOptions Notices { get; init; } = NoticeOptions.None;

    /// <summary>From which level on things are logged.</summary>
    public LogLevel Logs { get; init; } = LogLevel.Information;

    /// <summary>The addresses to listen on.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>, saying what to add.</exception>
    internal IReadOnlyList<ListenAddress> Addresses(bool anyToken)
    {
        var addresses = Listen.Select(ListenAddress.Parse).ToList();
        if (addresses.Count == 0 && SocketPath is null)
            throw new RepositoryException(ErrorCode.Usage, "Say where to listen: --listen https://ADDRESS:8420, --socket PATH, or --stdio");
        foreach (var address in addresses)
        {
            if (!address.Tls && !address.IsLoopback)
                throw new RepositoryException(ErrorCode.Usage, $"{address} is open to the network: use https:// with --tls-cert and --tls-key, or listen on 127.0.0.1");
            if (address.Tls && (CertificatePath is null || CertificateKeyPath is null))
                throw new RepositoryException(ErrorCode.Usage, $"{address} needs a certificate: add --tls-cert FILE and --tls-key FILE");
        }

        if (addresses.Count > 0 && !anyToken)
            throw new RepositoryException(ErrorCode.Usage, $"There is no token, so nobody could do anything: streamback token add NAME --allow put,list (state folder {StateFolder})");
        return addresses;
    }

    /// <summary>Refuses what makes no sense, before anything listens.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    internal void EnsureSensible()
    {
        Limits.EnsureSensible();
        Schedule.EnsureSensible();
        Notices.EnsureSensible();
        if (Hosts.FirstOrDefault(host => Uri.CheckHostName(host) == UriHostNameType.Unknown) is { } wrong)
            throw new RepositoryException(ErrorCode.Usage, $"'{wrong}' is no host's name: give one such as vault.example.org, without a port");
    }
}
