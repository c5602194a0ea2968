namespace StreamBack.Client.Connections;

/// <summary>A repository on a machine that ssh reaches.</summary>
/// <param name="Host">As ssh takes it: <c>[user@]host</c>, or a name from its configuration.</param>
/// <param name="Port">Null for ssh's own.</param>
/// <param name="Path">The repository's folder there; empty for the default one.</param>
internal sealed record SshLocation(string Host, int? Port, string Path);
