using StreamBack.Micro.Index;
using StreamBack.Micro.Keeping;
using StreamBack.Micro.Stages;

namespace StreamBack.Micro;

/// <summary>The command line: one verb for each group of measurements. See <c>bench/README.md</c>.</summary>
internal static class Program
{
    private const string Help = """
        micro chunker [FILE]      scan and whole chunker beside memory copy and SHA-256
        micro similarity [FILE]   features, and the table of similar chunks
        micro frames [FILE]       packing, sealing and deltas beside zstd and AES-GCM by themselves
        micro index [TEBIBYTES]   the chunk index, filled with ids for so much of 64 KiB chunks (1)
        micro prune [MILLIONS]    a prune of so many chunk ids in eight snapshots (10), of which two go: a JSON object
        micro stages FILE...      CPU seconds of the unavoidable stages for a series, as JSON

        FILE gives the bytes; without one they are random words.
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["chunker", .. { Length: <= 1 } file]:
                ChunkerBench.Run(Samples.Read(file));
                return 0;
            case ["similarity", .. { Length: <= 1 } file]:
                SimilarityBench.Run(Samples.Read(file));
                return 0;
            case ["frames", .. { Length: <= 1 } file]:
                FramesBench.Run(Samples.Read(file));
                return 0;
            case ["index"]:
                IndexBench.Run(1);
                return 0;
            case ["index", var size] when double.TryParse(size, out var tebibytes) && tebibytes > 0:
                IndexBench.Run(tebibytes);
                return 0;
            case [IndexBench.ChildVerb, var folder, var chunks]:
                new IndexMeasures(folder, long.Parse(chunks)).Run();
                return 0;
            case ["prune"]:
                PruneBench.Run(10);
                return 0;
            case ["prune", var millions] when double.TryParse(millions, out var number) && number > 0:
                PruneBench.Run(number);
                return 0;
            case [PruneBench.ChildVerb, var folder, var what]:
                PruneBench.Measure(folder, what);
                return 0;
            case ["stages", _, ..]:
                StagesBench.Run(arguments[1..]);
                return 0;
            default:
                Console.Error.WriteLine(Help);
                return 2;
        }
    }
}
