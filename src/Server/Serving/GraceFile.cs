using System.Globalization;
using System.Text;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>How long a server lets removed snapshots rest, in its state folder: a prune beside it does as it does.</summary>
public static class GraceFile
{
    private const string Name = "grace";

    /// <summary>Writes it down.</summary>
    public static void Write(string stateFolder, TimeSpan grace) => IoErrors.Wrap(() =>
    {
        if (Read(stateFolder) != grace)
            DurableFile.ReplaceForFolderOwner(Path.Combine(stateFolder, Name), Encoding.ASCII.GetBytes($"{grace:c}\n"));
        return true;
    });

    /// <summary>What was written down; null if nothing was, or it cannot be read.</summary>
    public static TimeSpan? Read(string stateFolder)
    {
        try
        {
            return TimeSpan.TryParseExact(File.ReadAllText(Path.Combine(stateFolder, Name)).Trim(), "c", CultureInfo.InvariantCulture, out var grace) ? grace : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
