using System.Collections;

namespace StreamBack.Server.Maintenance;

/// <summary>Which entries of a bundle are used.</summary>
/// <remarks>Threading: one thread writes. Memory: a bit an entry.</remarks>
internal sealed class EntryUse
{
    private readonly BitArray used = new(0);

    /// <summary>Entries that are used.</summary>
    public int Used { get; private set; }

    /// <summary>Entries.</summary>
    public int All { get; private set; }

    /// <summary>Notes an entry, each once.</summary>
    public void Note(int entry, bool isUsed)
    {
        All++;
        if (!isUsed)
            return;
        if (entry >= used.Length)
            used.Length = Math.Max(entry + 1, used.Length * 2);
        used[entry] = true;
        Used++;
    }

    /// <summary>Whether an entry was noted as used.</summary>
    public bool IsUsed(int entry) => entry < used.Length && used[entry];
}
