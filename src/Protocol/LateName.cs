namespace StreamBack.Protocol;

/// <summary>A name that was not put when it should have been, or whose last put failed.</summary>
/// <param name="Name">Which.</param>
/// <param name="Newest">When the repository took its newest whole snapshot; null if there is none.</param>
/// <param name="Due">Until when there should have been one; null if it is not late.</param>
/// <param name="Failed">When its last put failed, if none went well since and that is known here.</param>
/// <param name="Message">Why that failed: one line.</param>
public sealed record LateName(string Name, DateTime? Newest = null, DateTime? Due = null, DateTime? Failed = null, string? Message = null);
