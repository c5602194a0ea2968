using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>The connection did not come about, or broke, or there was no room at its other end: the same may go well later.</summary>
/// <param name="message">One line for people.</param>
/// <param name="inner">What the framework says; null if the server says it.</param>
/// <param name="code">What it is if it stays so.</param>
internal sealed class ConnectionLostException(string message, Exception? inner, ErrorCode code = ErrorCode.Failed) : RepositoryException(code, message, inner);
