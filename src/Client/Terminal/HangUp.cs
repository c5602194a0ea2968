namespace StreamBack.Client.Terminal;

/// <summary>What SIGHUP means to this process.</summary>
internal static class HangUp
{
    /// <summary>What is done instead of ending: by a server, which belongs to no terminal; null where it ends what runs.</summary>
    public static Action? Instead { get; set; }
}
