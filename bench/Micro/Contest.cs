using System.Diagnostics;

namespace StreamBack.Micro;

/// <summary>
/// Runs contestants against each other: in each round all of them, one after another, so that what disturbs one disturbs
/// its neighbours. Prints medians over the rounds, their spread, and the ratio to the first contestant.
/// </summary>
/// <remarks>CPU time of the process is what counts: other processes' turns on a shared core are left out.</remarks>
internal sealed class Contest(string title, string unit)
{
    private const int Rounds = 9;

    /// <summary>Long enough that the clock's steps and one garbage collection are small beside it.</summary>
    private static readonly TimeSpan LeastRun = TimeSpan.FromMilliseconds(40);

    private readonly List<Contestant> contestants = [];

    /// <summary>Adds a contestant; the first is what the others are compared with.</summary>
    /// <param name="name">What it does.</param>
    /// <param name="units">What one call of <paramref name="run"/> works off, in the contest's unit.</param>
    /// <param name="run">Does it once.</param>
    public Contest Add(string name, double units, Action run)
    {
        contestants.Add(new Contestant(name, units, run));
        return this;
    }

    /// <summary>Runs and prints.</summary>
    public void Run()
    {
        foreach (var contestant in contestants)
            contestant.Prepare(LeastRun);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var contestant in contestants)
                contestant.Measure();
        }

        Console.WriteLine($"\n{title,-46}{unit,12}{"least",11}{"most",11}{"ratio",9}");
        foreach (var contestant in contestants)
            contestant.Print(contestants[0]);
    }

    private sealed class Contestant(string name, double units, Action run)
    {
        private readonly List<double> rates = [];
        private int calls = 1;

        // The first calls are compiled by tiers; after as much time as a few rounds take, that is over.
        public void Prepare(TimeSpan least)
        {
            for (var warm = Stopwatch.StartNew(); warm.Elapsed < 4 * least;)
                run();
            while (Time() < least.TotalSeconds)
                calls *= 2;
        }

        public void Measure() => rates.Add(calls * units / Time());

        public void Print(Contestant first)
        {
            var ratio = Median.Of(rates.Zip(first.rates, (own, other) => own / other));
            Console.WriteLine($"{name,-46}{Median.Of(rates),12:N0}{rates.Min(),11:N0}{rates.Max(),11:N0}{ratio,9:0.000}");
        }

        private double Time()
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var call = 0; call < calls; call++)
                run();
            return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }
    }
}
