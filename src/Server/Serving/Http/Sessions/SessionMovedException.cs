using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put session is not where its client believes it to be: it goes on once the client has asked.</summary>
internal sealed class SessionMovedException(string message) : RepositoryException(ErrorCode.Busy, message);
