namespace StreamBack.Protocol;

/// <summary>
/// An expected failure: one that a user or an operator can act on. Everything else that is thrown is a bug of
/// ours and shows its stack.
/// </summary>
/// <param name="code">What kind of failure, for programs.</param>
/// <param name="message">
/// One line for people: names the object and both values ("bundle 3fa9…: frame 7 hashes to …, footer says …");
/// capital first, no full stop.
/// </param>
/// <param name="inner">The framework error beneath, if there is one.</param>
public class RepositoryException(ErrorCode code, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What kind of failure this is.</summary>
    public ErrorCode Code { get; } = code;
}
