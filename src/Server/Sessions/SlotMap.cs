namespace StreamBack.Server.Sessions;

/// <summary>What a reader at the other end keeps in its slots: whoever was not used the longest makes room.</summary>
/// <param name="first">Number of the first slot.</param>
/// <param name="count">How many there are.</param>
/// <remarks>Threading: one thread.</remarks>
internal sealed class SlotMap<TKey>(int first, int count)
    where TKey : notnull
{
    private readonly Dictionary<TKey, int> slots = [];
    private readonly TKey?[] keys = new TKey?[count];
    private readonly long[] used = new long[count];
    private long clock;

    /// <summary>Whether it is there; does not count as use.</summary>
    public bool Holds(TKey key) => slots.ContainsKey(key);

    /// <summary>Finds and uses a slot.</summary>
    public bool TryUse(TKey key, out int slot)
    {
        if (!slots.TryGetValue(key, out slot))
            return false;
        used[slot - first] = ++clock;
        return true;
    }

    /// <summary>Takes a slot for something new.</summary>
    public int Claim(TKey key)
    {
        var least = Array.IndexOf(used, used.Min());
        if (used[least] > 0)
            slots.Remove(keys[least]!);
        keys[least] = key;
        used[least] = ++clock;
        return slots[key] = first + least;
    }
}
