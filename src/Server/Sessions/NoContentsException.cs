using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Sessions;

/// <summary>What is at a path is no file.</summary>
/// <param name="path">The path.</param>
/// <param name="what">What it is.</param>
internal sealed class NoContentsException(byte[] path, string what)
    : RepositoryException(ErrorCode.Usage, $"'{MemberPath.Text(path)}' is {what}: it has no contents")
{
    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder { get; init; }
}
