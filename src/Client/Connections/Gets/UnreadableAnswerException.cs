using StreamBack.Protocol;

namespace StreamBack.Client.Connections.Gets;

/// <summary>What a server sends is no stream: what it has stored is damaged, or the server is none.</summary>
/// <param name="what">What is wrong.</param>
internal sealed class UnreadableAnswerException(string what)
    : RepositoryException(ErrorCode.Corrupt, $"The server sends a stream that cannot be put together: {what}");
