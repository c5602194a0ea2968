using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>The server was away; the stream is safe in the spool.</summary>
/// <param name="entry">What is there.</param>
/// <param name="message">One line for people.</param>
/// <param name="inner">How the server was away.</param>
internal sealed class SpooledException(SpoolEntry entry, string message, Exception inner) : RepositoryException(ErrorCode.Spooled, message, inner)
{
    /// <summary>What is there.</summary>
    public SpoolEntry Entry { get; } = entry;
}
