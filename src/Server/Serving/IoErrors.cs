using StreamBack.Protocol;

namespace StreamBack.Server.Serving;

/// <summary>Wraps the framework's I/O errors, once, at the service boundary.</summary>
internal static class IoErrors
{
    /// <summary>Runs an operation; what the system refused comes out as an expected failure.</summary>
    public static T Wrap<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (IOException error) when (error.HResult is Errno.NoSpace or Errno.QuotaExceeded)
        {
            throw new RepositoryException(ErrorCode.Full, $"No space left: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Failed, error.Message, error);
        }
    }
}
