namespace StreamBack.Protocol.Catalogs;

/// <summary>Compares members.</summary>
public static class MemberComparison
{
    /// <summary>In what they differ. A folder that no member names has no facts to differ in.</summary>
    /// <param name="one">No hard link, unless its target is not there.</param>
    /// <param name="other">As <paramref name="one"/>.</param>
    public static MemberFields Compare(CatalogEntry one, CatalogEntry other)
    {
        var type = MemberTypes.Of(one);
        if (type != MemberTypes.Of(other))
            return MemberFields.Type;
        if (one.Place is null || other.Place is null)
            return MemberFields.None;
        return ContentsOf(type, one, other)
            | Differs(MemberFields.Mode, type != MemberTypes.SymbolicLink && one.Mode != other.Mode) // no system has one of a link
            | Differs(MemberFields.Owner, !HasSameOwner(one, other))
            | Differs(MemberFields.Time, one.Modified != other.Modified && !(IsStream(one) && IsStream(other)))
            | Differs(MemberFields.Attributes, one.ExtensionHash != other.ExtensionHash);
    }

    /// <summary>What kind of a change it is that fields differ.</summary>
    /// <param name="fields">At least one.</param>
    public static string Kind(MemberFields fields) => fields switch
    {
        _ when fields.HasFlag(MemberFields.Type) => ChangeKinds.Type,
        _ when (fields & (MemberFields.Contents | MemberFields.Size)) != 0 => ChangeKinds.Contents,
        _ => ChangeKinds.Metadata,
    };

    private static MemberFields ContentsOf(string type, CatalogEntry one, CatalogEntry other) => type switch
    {
        MemberTypes.File => Differs(MemberFields.Size, one.Size != other.Size) | Differs(MemberFields.Contents, one.ContentHash != other.ContentHash),
        MemberTypes.HardLink or MemberTypes.SymbolicLink => Differs(MemberFields.Contents, !one.LinkName.AsSpan().SequenceEqual(other.LinkName)),
        MemberTypes.CharacterDevice or MemberTypes.BlockDevice => Differs(MemberFields.Contents, one.Device != other.Device),
        _ => MemberFields.None,
    };

    // What is no tar has no headers, and no time but that of its put.
    private static bool IsStream(CatalogEntry entry) => entry.Place is { HeaderLength: 0 };

    private static bool HasSameOwner(CatalogEntry one, CatalogEntry other) =>
        one.Uid == other.Uid && one.Gid == other.Gid && one.UserName.AsSpan().SequenceEqual(other.UserName) && one.GroupName.AsSpan().SequenceEqual(other.GroupName);

    private static MemberFields Differs(MemberFields field, bool differs) => differs ? field : MemberFields.None;
}
