namespace StreamBack.Protocol;

/// <summary>What somebody may do, and with which names.</summary>
/// <param name="Capabilities">What.</param>
/// <param name="Prefixes">
/// Each ends in a slash and covers the names that begin with it, or is one whole name; empty for every name.
/// </param>
public sealed record Access(Capabilities Capabilities, IReadOnlyList<string> Prefixes)
{
    /// <summary>Everything, with every name: who owns the repository on its own machine.</summary>
    public static Access Everything { get; } = new(Capabilities.All, []);

    /// <summary>Whether it covers the whole repository.</summary>
    public bool CoversEverything => Prefixes.Count == 0;

    /// <summary>Whether one may know what is new in a put and what it took: only who may get everything.</summary>
    public bool KnowsSizes => CoversEverything && Capabilities.HasFlag(Capabilities.Get);

    /// <summary>A snapshot's facts, as much of them as one may know.</summary>
    public SnapshotInfo Shown(SnapshotInfo snapshot) => KnowsSizes ? snapshot : snapshot.WithoutSizes();

    /// <summary>Whether it covers a name.</summary>
    public bool Covers(string name) =>
        CoversEverything || Prefixes.Any(prefix => new NameScope(prefix).Covers(name));

    /// <summary>Refuses what is not allowed with any name.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public void Require(Capabilities needed)
    {
        if ((Capabilities & needed) != needed)
            throw new RepositoryException(ErrorCode.Denied, $"Not allowed: this needs {string.Join(" and ", needed.Names())}, and one may {Allowed}");
    }

    /// <summary>Refuses what is not allowed with a name.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public void Require(Capabilities needed, string name)
    {
        Require(needed);
        if (!Covers(name))
            throw new RepositoryException(ErrorCode.Denied, $"Not allowed: '{name}' is outside of {string.Join(", ", Prefixes)}");
    }

    /// <summary>Refuses what is not allowed with the whole repository.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>.</exception>
    public void RequireWhole(Capabilities needed)
    {
        Require(needed);
        if (!CoversEverything)
            throw new RepositoryException(ErrorCode.Denied, $"Not allowed: this is about the whole repository, not only {string.Join(", ", Prefixes)}");
    }

    /// <summary>Reads prefixes.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if one is neither a name nor a name and a slash.</exception>
    public static IReadOnlyList<string> ParsePrefixes(IEnumerable<string> texts) => [.. texts.Select(text => NameScope.Parse(text).Text)];

    private string Allowed => Capabilities == Capabilities.None ? "nothing" : "only " + string.Join(", ", Capabilities.Names());
}
