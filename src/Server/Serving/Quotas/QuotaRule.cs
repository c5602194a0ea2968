using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Quotas;

/// <summary>How many bytes of streams some names may have together.</summary>
/// <param name="Prefixes">Which names, as in <see cref="Access"/>; empty for every name.</param>
/// <param name="Bytes">Lengths of streams, as they came in: what they take on the disk is less.</param>
public sealed record QuotaRule(IReadOnlyList<string> Prefixes, long Bytes)
{
    /// <summary>A quota for one prefix, or for every name.</summary>
    /// <param name="prefix">Empty for every name.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is no prefix, or no quota.</exception>
    public static QuotaRule For(string prefix, long bytes) => For(prefix.Length == 0 ? [] : [prefix], bytes);

    /// <summary>A quota for several prefixes together.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static QuotaRule For(IReadOnlyList<string> prefixes, long bytes) => bytes > 0
        ? new QuotaRule(Access.ParsePrefixes(prefixes), bytes)
        : throw new RepositoryException(ErrorCode.Usage, $"A quota is 1 byte or more, not {bytes}");

    /// <summary>For people: which names.</summary>
    public string Names => Prefixes.Count == 0 ? "every name" : string.Join(", ", Prefixes);

    /// <summary>Whether a name counts.</summary>
    public bool Covers(string name) => new Access(Capabilities.None, Prefixes).Covers(name);
}
