using StreamBack.Protocol;

namespace StreamBack.Server.Sessions;

/// <summary>What is known of a stream when it has come to its end.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">64 hex digits.</param>
/// <param name="IsTar">Whether it has headers and a layout.</param>
/// <param name="Members">Members of the tar; 0 if it is none.</param>
/// <param name="RawFrom">Where in a tar nothing is tar any more; null if all is.</param>
/// <param name="Marks">Those of <see cref="SnapshotMarks"/> that it has.</param>
/// <param name="Command">The command whose output it is, or null.</param>
internal sealed record PutEnd(
    long Length, string Sha256, bool IsTar, long Members, long? RawFrom, IReadOnlyList<string> Marks, IReadOnlyList<string>? Command);
