namespace StreamBack.Server.Bundles;

/// <summary>
/// Three numbers by which similar chunks find each other: chunks that share most of their content share at least one of
/// them with high probability, chunks that do not with none to speak of. <see cref="None"/> where a chunk is too short.
/// </summary>
/// <param name="A">The first super-feature; each is compared only with those of its own kind.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
public readonly record struct SuperFeatures(uint A, uint B, uint C)
{
    /// <summary>Stands for "no super-feature" in any place.</summary>
    public const uint None = 0;

    /// <summary>True if the chunk has features at all; then all three are other than <see cref="None"/>.</summary>
    public bool Exist => A != None;
}
