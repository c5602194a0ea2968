namespace StreamBack.Client.Tests.Harness;

/// <summary>How much is run: all of it, or a part of what takes long and is run elsewhere in another way.</summary>
internal static class Tier
{
    /// <summary>Whether everything is run: STREAMBACK_TEST_ALL=1, as scripts/check sets it.</summary>
    public static bool All { get; } = Environment.GetEnvironmentVariable("STREAMBACK_TEST_ALL") == "1";
}
