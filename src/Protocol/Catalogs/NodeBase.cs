namespace StreamBack.Protocol.Catalogs;

/// <summary>What the places in a node are relative to: those of its first entry.</summary>
/// <param name="HeaderOffset">In the header stream.</param>
/// <param name="PayloadOffset">In the payload stream.</param>
/// <param name="Global">As <see cref="MemberPlace.Global"/>.</param>
internal readonly record struct NodeBase(long HeaderOffset, long PayloadOffset, long Global)
{
    public static NodeBase Of(in MemberPlace place) => new(place.HeaderOffset, place.PayloadOffset, place.Global);

    /// <summary>Where a member stands that follows another one in the tar.</summary>
    public static NodeBase After(in MemberPlace place) => new(place.NextHeader, place.NextPayload, place.Global);
}
