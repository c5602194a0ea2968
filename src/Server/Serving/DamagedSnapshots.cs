namespace StreamBack.Server.Serving;

/// <summary>
/// The snapshots whose stream was found wrong once, in the state folder: nobody gets them again as if nothing had been, whichever
/// process is asked.
/// </summary>
/// <remarks>Threading: any. What a file that cannot be read said is found again by who reads the damage again.</remarks>
public sealed class DamagedSnapshots
{
    private readonly StateMap messages;

    /// <param name="stateFolder">Made, mode 0700, when there is something to remember.</param>
    public DamagedSnapshots(string stateFolder) => messages = new StateMap(stateFolder, "damaged-snapshots.json");

    /// <summary>The ids, 64 hex digits each.</summary>
    public IReadOnlyCollection<string> Ids => [.. messages.Read().Keys];

    /// <summary>What was found in a snapshot; null if nothing.</summary>
    public string? Find(string id) => messages.Read().GetValueOrDefault(id);

    /// <summary>Remembers what was found.</summary>
    public void Add(string id, string message) => messages.Change(all => all[id] = message);

    /// <summary>Forgets snapshots that were got whole since, or verified.</summary>
    public void Forget(IReadOnlyCollection<string> ids)
    {
        if (!ids.Any(messages.Read().ContainsKey))
            return;
        messages.Change(all =>
        {
            foreach (var id in ids)
                all.Remove(id);
        });
    }
}
