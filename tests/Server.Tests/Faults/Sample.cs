namespace StreamBack.Server.Tests.Faults;

/// <summary>How many of a large number of cases are run.</summary>
internal static class Sample
{
    /// <summary>One in so many, so that the suite takes seconds; a prime, so that repeating patterns are not always met at the same place.</summary>
    private const int Distance = 5;

    /// <summary>Whether every case is run: STREAMBACK_TEST_ALL=1, as scripts/check sets it.</summary>
    public static bool All { get; } = Environment.GetEnvironmentVariable("STREAMBACK_TEST_ALL") == "1";

    /// <summary>Added to the seeds of mutants: STREAMBACK_FUZZ_SEED, as scripts/fuzz sets it.</summary>
    public static int FuzzSeed { get; } = int.TryParse(Environment.GetEnvironmentVariable("STREAMBACK_FUZZ_SEED"), out var seed) ? seed : 0;

    /// <summary>Numbers from 0 to below <paramref name="count"/>; always the first and the last.</summary>
    /// <param name="distance">One in so many: a larger prime where each takes long.</param>
    public static IEnumerable<int> Of(int count, int distance = Distance) =>
        Enumerable.Range(0, count).Where(number => All || number % distance == 0 || number == count - 1);
}
