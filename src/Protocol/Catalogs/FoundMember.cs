namespace StreamBack.Protocol.Catalogs;

/// <summary>A snapshot in which something was found.</summary>
/// <param name="Id">64 hex digits.</param>
/// <param name="Time">When it was taken, UTC.</param>
public sealed record FoundIn(string Id, DateTime Time);

/// <summary>A member that is the same in snapshots of one name that follow each other, as <c>find --json</c> and <c>GET /find</c> show it.</summary>
/// <param name="Name">The snapshots' name.</param>
/// <param name="Newest">The newest of them.</param>
/// <param name="Oldest">The oldest of them.</param>
/// <param name="Snapshots">How many they are.</param>
/// <param name="Member">What it is in the newest.</param>
public sealed record FoundMember(string Name, FoundIn Newest, FoundIn Oldest, int Snapshots, MemberInfo Member)
{
    /// <summary>What happened to it in the oldest of them, one of <see cref="ChangeKinds"/>; null if there is no older snapshot of the name.</summary>
    public string? Change { get; init; }

    /// <summary>The snapshot right after the newest of them, if the path is not in it; null if it is, or there is none.</summary>
    public FoundIn? GoneIn { get; init; }
}
