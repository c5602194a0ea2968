using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol;

/// <summary>What is looked for, and where.</summary>
/// <param name="Pattern">As of <see cref="MemberPattern"/>.</param>
/// <param name="Name">Only snapshots of this name, or, ending in a slash, of all below it; null for every one.</param>
public sealed record SearchRequest(string Pattern, string? Name = null)
{
    /// <summary>Who looks: names that may not be got are passed over.</summary>
    public Access By { get; init; } = Access.Everything;

    /// <summary>Whether snapshots of a name are looked into.</summary>
    public bool Covers(string name) => By.Covers(name) && (Name is null || new NameScope(Name).Covers(name));

    /// <summary>Refuses what may not be looked for.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the name is none; <see cref="ErrorCode.Denied"/>.</exception>
    public void EnsureAllowed()
    {
        if (Name is not null)
            NameScope.Parse(Name);
        if (Name is null || Name.EndsWith('/'))
            By.Require(Capabilities.Get);
        else
            By.Require(Capabilities.Get, Name);
    }
}
