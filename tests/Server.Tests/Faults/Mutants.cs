using StreamBack.Protocol;

namespace StreamBack.Server.Tests.Faults;

/// <summary>
/// Changed copies of good bytes, and what a reader may make of them: nothing but expected failures, and no more memory than the
/// bytes call for.
/// </summary>
internal static class Mutants
{
    /// <summary>Mutants of each input; fifty times as many when every case is run.</summary>
    private static readonly int Rounds = Sample.All ? 100_000 : 2_000;

    /// <summary>Bytes that a reader may take beyond a few times its input: buffers, tables and messages.</summary>
    private const long FreeMemory = 1 << 20;

    /// <summary>Gives mutants to a reader.</summary>
    /// <param name="good">What it reads well.</param>
    /// <param name="read">Reads, on this thread.</param>
    /// <param name="within">Changes begin in so many first bytes.</param>
    /// <param name="cost">So many times as long as others this reader takes, and so many times fewer mutants it gets.</param>
    public static void Fuzz(byte[] good, Action<byte[]> read, int within = int.MaxValue, int cost = 1)
    {
        read(good);
        var random = new Random(good.Length + Sample.FuzzSeed);
        for (var round = 0; round < Rounds / cost; round++)
        {
            var mutant = Mutate(good, random, within);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Record.Exception(() => read(mutant));
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(error is null or RepositoryException, $"round {round}: {error}");
            Assert.True(taken < FreeMemory + 20L * good.Length, $"round {round}: {taken} bytes for {mutant.Length}");
        }
    }

    private static byte[] Mutate(byte[] good, Random random, int within)
    {
        var mutant = good.ToList();
        for (var change = random.Next(3); change >= 0; change--)
        {
            var at = random.Next(Math.Min(mutant.Count, within));
            switch (random.Next(12))
            {
                case 0:
                    return [.. mutant[..at]];
                case 1:
                    mutant.InsertRange(at, mutant[at..Math.Min(mutant.Count, at + 8)]);
                    break;
                case 2:
                    // The largest of a number, and the largest that is positive.
                    for (var place = at; place < Math.Min(mutant.Count, at + sizeof(uint)); place++)
                        mutant[place] = 0xff;
                    break;
                case 3:
                    mutant[at] = 0x7f;
                    break;
                case 4:
                    mutant[at] = (byte)" \"{}[]:,n0-"[random.Next(11)];
                    break;
                default:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. mutant];
    }
}
