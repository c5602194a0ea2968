using System.Globalization;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>How long a server lets removed snapshots rest, in its state folder: a prune beside it does as it does.</summary>
public static class GraceFile
{
    private const string Name = "grace";

    /// <summary>Writes it down.</summary>
    public static void Write(string stateFolder, TimeSpan grace) => IoErrors.Wrap(() =>
    {
        DurableFile.ReplaceForFolderOwner(Path.Combine(stateFolder, Name), Encoding.ASCII.GetBytes($"{grace:c}\n"));
        return true;
    });

    /// <summary>What was written down; null if nothing was.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if it cannot be read: a shorter time could lose what is to rest.</exception>
    public static TimeSpan? Read(string stateFolder)
    {
        var path = Path.Combine(stateFolder, Name);
        return IoErrors.Wrap<TimeSpan?>(() =>
        {
            if (!File.Exists(path))
                return null;
            return TimeSpan.TryParseExact(File.ReadAllText(path).Trim(), "c", CultureInfo.InvariantCulture, out var grace)
                ? grace
                : throw new RepositoryException(ErrorCode.Failed, $"{path} does not say how long removed snapshots rest: write it anew by streamback serve, or delete it");
        });
    }
}
