namespace StreamBack.Protocol.Tar;

/// <summary>A point in time as tars have it.</summary>
/// <param name="Seconds">Whole seconds since 1970-01-01 00:00 UTC, rounded down; negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999, to be added to <paramref name="Seconds"/>.</param>
public readonly record struct TarTime(long Seconds, int Nanoseconds);
