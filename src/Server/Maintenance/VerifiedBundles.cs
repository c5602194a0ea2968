using System.Globalization;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>When each bundle was last read to its end and found right, in the state folder: what was verified longest ago is next.</summary>
/// <remarks>
/// Threading: one thread at a time. A text file, a line for each bundle, replaced as a whole; losing it loses no more than the order. Of two
/// processes that verify at the same time the later one's file stays. Memory: 100 bytes a bundle.
/// </remarks>
internal sealed class VerifiedBundles
{
    /// <summary>A million bundles; a larger file is something else.</summary>
    private const long MaxFileLength = 100 << 20;

    private readonly string? path;
    private readonly Dictionary<ObjectId, DateTime> times = [];

    /// <param name="stateFolder">Made, mode 0700, when there is something to remember; null to remember nothing.</param>
    /// <param name="location">Where the bundles are: what is right in one copy says nothing of another, which has the same ids and may have the same state folder.</param>
    public VerifiedBundles(string? stateFolder, string location)
    {
        path = stateFolder is null ? null : Path.Combine(stateFolder, FileName(location));
        if (path is not null)
            Read(path);
    }

    /// <summary>The file that is about one location.</summary>
    public static string FileName(string location) => LocationFile.Name("verified", location);

    /// <summary>Those never verified first, then those that were longest ago.</summary>
    public IEnumerable<ObjectId> Order(IEnumerable<ObjectId> bundles) => bundles.OrderBy(bundle => times.GetValueOrDefault(bundle)).ThenBy(bundle => bundle);

    /// <summary>When a bundle was verified; null if it never was.</summary>
    public DateTime? When(ObjectId bundle) => times.TryGetValue(bundle, out var time) ? time : null;

    /// <summary>A bundle was verified just now.</summary>
    public void Add(ObjectId bundle) => times[bundle] = DateTime.UtcNow;

    /// <summary>Writes down what was verified, of bundles that are there.</summary>
    public void Save(IReadOnlySet<ObjectId> there)
    {
        if (path is null)
            return;
        try
        {
            DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var lines = times.Where(pair => there.Contains(pair.Key)).OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:O}\n"));
            DurableFile.ReplaceForFolderOwner(path, Encoding.ASCII.GetBytes(string.Concat(lines)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A check whose order cannot be kept is a check all the same.
        }
    }

    private void Read(string from)
    {
        try
        {
            if (!File.Exists(from) || new FileInfo(from).Length > MaxFileLength)
                return;
            foreach (var line in File.ReadLines(from))
            {
                if (line.Split(' ') is [var name, var time] && ObjectId.TryParse(name, out var bundle) && DateTime.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var verified))
                    times[bundle] = verified;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As if none had been.
        }
    }
}
