namespace StreamBack.Protocol;

/// <summary>How far a check goes.</summary>
/// <param name="ReadData">Whether stored bytes are verified, not only the structure.</param>
/// <param name="Part">Which part of them, 0 to 1: those that were verified longest ago come first.</param>
/// <param name="MaxTime">No more bundles are begun after this time, that of the structure included; null for no bound.</param>
/// <param name="MaxBytes">No more bundles are begun after so many bytes of bundles; null for no bound.</param>
public sealed record CheckRequest(bool ReadData, double Part = 1, TimeSpan? MaxTime = null, long? MaxBytes = null)
{
    /// <summary>That all is there and fits together.</summary>
    public static CheckRequest Structure { get; } = new(ReadData: false);

    /// <summary>Every stored byte as well.</summary>
    public static CheckRequest AllData { get; } = new(ReadData: true);

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public void EnsureSensible()
    {
        if (!(Part is > 0 and <= 1))
            throw new RepositoryException(ErrorCode.Usage, "The part of the data to be read is above 0 % and up to 100 %");
        if (MaxTime < TimeSpan.Zero || MaxBytes < 0)
            throw new RepositoryException(ErrorCode.Usage, "A check cannot take less than no time, nor less than no bytes");
        if (!ReadData && (Part < 1 || MaxTime is not null || MaxBytes is not null))
            throw new RepositoryException(ErrorCode.Usage, "What bounds the reading of data goes with --read-data");
    }
}
