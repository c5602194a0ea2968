namespace StreamBack.Protocol;

/// <summary>What somebody may do. The names are a contract (docs/design/wire-protocol.md, 7).</summary>
[Flags]
public enum Capabilities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Store streams.</summary>
    Put = 1,

    /// <summary>Read streams.</summary>
    Get = 2,

    /// <summary>See which snapshots there are, and their facts.</summary>
    List = 4,

    /// <summary>Remove snapshots.</summary>
    Remove = 8,

    /// <summary>Look after the repository: check, statistics, tags, times.</summary>
    Maintain = 16,

    /// <summary>Read stored objects as they are.</summary>
    Objects = 32,

    /// <summary>Add stored objects as they are.</summary>
    ObjectsPut = 64,

    /// <summary>Everything.</summary>
    All = Put | Get | List | Remove | Maintain | Objects | ObjectsPut,
}

/// <summary>The names of capabilities.</summary>
public static class CapabilityNames
{
    private static readonly (Capabilities Value, string Name)[] Table =
    [
        (Capabilities.Put, "put"),
        (Capabilities.Get, "get"),
        (Capabilities.List, "list"),
        (Capabilities.Remove, "remove"),
        (Capabilities.Maintain, "maintain"),
        (Capabilities.Objects, "objects"),
        (Capabilities.ObjectsPut, "objects-put"),
    ];

    /// <summary>The names of what is in a set, in their order.</summary>
    public static IReadOnlyList<string> Names(this Capabilities capabilities)
    {
        var names = new List<string>();
        foreach (var (value, name) in Table)
        {
            if (capabilities.HasFlag(value))
                names.Add(name);
        }

        return names;
    }

    /// <summary>What is known of a list of names: the others are a newer server's.</summary>
    public static Capabilities Known(IEnumerable<string> names) =>
        Table.Where(entry => names.Contains(entry.Name)).Aggregate(Capabilities.None, (known, entry) => known | entry.Value);

    /// <summary>Reads a list of names.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if one is unknown, or there is none.</exception>
    public static Capabilities Parse(IEnumerable<string> names)
    {
        var capabilities = Capabilities.None;
        foreach (var name in names)
        {
            var found = Array.FindIndex(Table, entry => entry.Name == name);
            if (found < 0)
                throw new RepositoryException(ErrorCode.Usage, $"'{name}' is nothing that can be allowed: give some of {string.Join(", ", Capabilities.All.Names())}");
            capabilities |= Table[found].Value;
        }

        return capabilities != Capabilities.None ? capabilities : throw new RepositoryException(ErrorCode.Usage, "Nothing is allowed: give some of " + string.Join(", ", Capabilities.All.Names()));
    }
}
