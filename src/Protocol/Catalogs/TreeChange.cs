using System.Text.Json.Serialization;

namespace StreamBack.Protocol.Catalogs;

/// <summary>A path that is not the same in two snapshots, as <c>diff --json</c> and <c>GET /diff</c> show it.</summary>
/// <param name="Change">One of <see cref="ChangeKinds"/>.</param>
public sealed record TreeChange(string Change)
{
    /// <summary>What was there; null if nothing was. Of a hard link what it leads to, under the link's path.</summary>
    public MemberInfo? From { get; init; }

    /// <summary>What is there; null if nothing is.</summary>
    public MemberInfo? To { get; init; }

    /// <summary>In what the two differ: lower-case names of <see cref="MemberFields"/>; null unless both are there.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>The member that shows the path.</summary>
    [JsonIgnore]
    public MemberInfo Member => To ?? From ?? throw new InvalidOperationException("A change of nothing");

    /// <summary>A path that is in one snapshot only.</summary>
    internal static TreeChange Of(string change, CatalogEntry entry) =>
        change == ChangeKinds.Removed ? new(change) { From = MemberInfo.Of(entry) } : new(change) { To = MemberInfo.Of(entry) };

    /// <summary>A path that differs.</summary>
    internal static TreeChange Of(MemberFields fields, CatalogEntry from, CatalogEntry to) => new(MemberComparison.Kind(fields))
    {
        From = MemberInfo.Of(from),
        To = MemberInfo.Of(to),
        Fields = [.. Enum.GetValues<MemberFields>().Where(field => field != MemberFields.None && fields.HasFlag(field)).Select(Name)],
    };

    private static string Name(MemberFields field) => field switch
    {
        MemberFields.Type => "type",
        MemberFields.Size => "size",
        MemberFields.Contents => "contents",
        MemberFields.Mode => "mode",
        MemberFields.Owner => "owner",
        MemberFields.Time => "time",
        _ => "attributes",
    };
}
