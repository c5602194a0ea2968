using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>The connection did not come about, or broke: the same may go well later.</summary>
/// <param name="message">One line for people.</param>
/// <param name="inner">What the framework says.</param>
internal sealed class ConnectionLostException(string message, Exception? inner) : RepositoryException(ErrorCode.Failed, message, inner);
