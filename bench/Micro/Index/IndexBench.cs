using System.Diagnostics;
using System.Globalization;

namespace StreamBack.Micro.Index;

/// <summary>
/// The chunk index at scale: makes a repository as a year of puts would leave it, then measures it in processes of their
/// own, whose memory nothing else has touched.
/// </summary>
internal static class IndexBench
{
    /// <summary>What the measuring process is called with.</summary>
    public const string ChildVerb = "index-measures";

    private const int ChunkLength = 64 << 10;

    /// <summary>Makes, measures and deletes.</summary>
    /// <param name="tebibytes">Of unique chunks of 64 KiB.</param>
    public static void Run(double tebibytes)
    {
        var folder = Directory.CreateTempSubdirectory("streamback-index-").FullName;
        try
        {
            var chunks = (long)(tebibytes * (1L << 40) / ChunkLength);
            YearOfPuts.Make(folder, chunks);
            using var child = Process.Start(Environment.ProcessPath!, [ChildVerb, folder, chunks.ToString(CultureInfo.InvariantCulture)]);
            child.WaitForExit();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
