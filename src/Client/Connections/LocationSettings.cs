namespace StreamBack.Client.Connections;

/// <summary>What a configuration says about a location that has a name there.</summary>
/// <remarks>
/// What belongs to a name wins over the environment: a token, a key or a certificate that was meant for another server must not be
/// used with this one. Options win over both.
/// </remarks>
internal sealed record LocationSettings
{
    /// <summary>Nothing: the location has no name.</summary>
    public static LocationSettings None { get; } = new();

    /// <summary>What the location is called; null if it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is used because nothing else is said.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The file of the token.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The key file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Certificates, PEM, that may vouch for the server, and no others.</summary>
    public string? CaFile { get; init; }

    /// <summary>Bytes a second that may go over the wire in either direction; null for any.</summary>
    public long? LimitRate { get; init; }

    /// <summary>The folder of streams that wait for the server.</summary>
    public string? Spool { get; init; }
}
