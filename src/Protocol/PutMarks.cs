using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol;

/// <summary>Decides whether a stream that came to its end is kept, and with which marks.</summary>
public static class PutMarks
{
    /// <summary>Judges the end of a stream.</summary>
    /// <param name="request">What the user insists on.</param>
    /// <param name="verdict">How the stream ended.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <returns>The marks; none if all is as it should be.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Incomplete"/> if it is not kept.</exception>
    public static IReadOnlyList<string> Judge(PutRequest request, TarVerdict verdict, Action<string> notice)
    {
        switch (verdict.Ending)
        {
            case TarEnding.Empty when request.AllowEmpty:
                return [SnapshotMarks.Empty];
            case TarEnding.Empty:
                throw new RepositoryException(ErrorCode.Incomplete, "Input is empty; nothing was kept (--allow-empty keeps it; over HTTP, ?allow=empty)");
            case TarEnding.Truncated when request.AllowTruncated:
                notice($"{verdict.Message}; kept, marked truncated");
                return [SnapshotMarks.Truncated];
            case TarEnding.Truncated:
                throw new RepositoryException(ErrorCode.Incomplete, $"{verdict.Message}; nothing was kept (--allow-truncated keeps it; over HTTP, ?allow=truncated)");
            case TarEnding.RawTail:
                notice(verdict.Message!);
                return [SnapshotMarks.RawTail];
            default:
                if (verdict.Message is not null)
                    notice(verdict.Message);
                return [];
        }
    }
}
