using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving;

/// <summary>Names whose last put failed, in the state folder: why, until one goes well.</summary>
/// <remarks>Threading: any. Whichever process took the put, those that share the folder know.</remarks>
internal sealed class FailedPuts(string stateFolder)
{
    /// <summary>More names are a mistake or an attack: those that failed longest ago are forgotten.</summary>
    private const int MaxNames = 1000;

    /// <summary>How long it is told of a name that was never put: a job that goes on failing fails again before.</summary>
    public static readonly TimeSpan OfUnknownName = TimeSpan.FromDays(3);

    /// <summary>Letters of a message: a line that people read.</summary>
    private const int MaxMessage = 500;

    private readonly StateMap names = new(stateFolder, "failed-puts.json");

    /// <summary>The names, with when and why.</summary>
    public IEnumerable<(string Name, DateTime Time, string Message)> All()
    {
        foreach (var (name, text) in names.Read())
        {
            if (text.Split(' ', 2) is [var at, var message] && DateTime.TryParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time))
                yield return (name, time, message);
        }
    }

    /// <summary>Runs a put, and remembers how it ended.</summary>
    public T Watch<T>(string name, Func<T> put)
    {
        try
        {
            var result = put();
            Forget(name);
            return result;
        }
        catch (RepositoryException error)
        {
            Add(name, error);
            throw;
        }
        catch (OperationCanceledException)
        {
            Add(name, "it broke off: whoever put it left");
            throw;
        }
    }

    /// <summary>A put failed. What its sender asked wrongly, or may not, is no failure of a job that ran.</summary>
    public void Add(string name, RepositoryException error)
    {
        if (error.Code is not (ErrorCode.Usage or ErrorCode.Denied))
            Add(name, error.Message);
    }

    /// <summary>A put failed.</summary>
    /// <param name="message">Why: one line.</param>
    public void Add(string name, string message) => names.Change(all =>
    {
        all[name] = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:O} {(message.Length <= MaxMessage ? message : message[..MaxMessage])}");
        while (all.Count > MaxNames)
            all.Remove(all.MinBy(pair => pair.Value, StringComparer.Ordinal).Key);
    });

    /// <summary>A put went well.</summary>
    public void Forget(string name)
    {
        if (names.Read().ContainsKey(name))
            names.Change(all => all.Remove(name));
    }
}
