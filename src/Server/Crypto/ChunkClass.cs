namespace StreamBack.Server.Crypto;

/// <summary>
/// Who may open a chunk: *content* needs the private half of the content key pair, *structure* the structure key.
/// A frame, a delta and its base never cross classes. Format: 3.1.
/// </summary>
internal enum ChunkClass : byte
{
    /// <summary>What a user put: payload, headers, layout, catalog.</summary>
    Content = 1,

    /// <summary>Recipes.</summary>
    Structure = 2,
}
