namespace StreamBack.Server.Bundles;

/// <summary>
/// Four numbers by which similar chunks find each other: chunks that share most of their content share at least one of
/// them with high probability, chunks that do not practically never. All are <see cref="None"/> where a chunk is too short.
/// </summary>
/// <param name="A">The first super-feature; each is compared only with those of its own kind.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The fourth.</param>
public readonly record struct SuperFeatures(uint A, uint B, uint C, uint D)
{
    /// <summary>Stands for "no super-feature" in any place.</summary>
    public const uint None = 0;

    /// <summary>True if the chunk has features at all; then none of them is <see cref="None"/>.</summary>
    public bool Exist => A != None;
}
