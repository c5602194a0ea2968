namespace StreamBack.Protocol.Catalogs;

/// <summary>A member that goes into a part of a tar.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="PathHash">XXH3 of its path: what its headers must say.</param>
public readonly record struct PartMember(MemberPlace Place, ulong PathHash);
