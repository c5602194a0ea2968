using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Dedup;

/// <summary>
/// A large set of chunk ids that keeps the first eight bytes of each: it may say of a chunk that it is in it which is not, once in
/// 2^64 times the number of chunks, and never the reverse. For questions in which that only costs room.
/// </summary>
/// <remarks>Threading: one thread. Memory: 11 to 22 bytes an id. Ids are random numbers, so they are their own hash.</remarks>
internal sealed class ChunkIdSet
{
    /// <summary>Slots at the beginning.</summary>
    private const int FirstSlots = 1 << 12;

    /// <summary>Of four slots three may be taken: linear probing stays at a few steps.</summary>
    private const int FullNumerator = 3, FullDenominator = 4;

    private ulong[] slots = new ulong[FirstSlots];

    /// <summary>Ids in it that can be told apart.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an id.</summary>
    /// <returns>False if it was in it.</returns>
    public bool Add(ChunkId id)
    {
        if (Count + 1L > (long)slots.Length * FullNumerator / FullDenominator)
            Grow();
        return Add(slots, KeyOf(id));
    }

    /// <summary>Whether an id is in it.</summary>
    public bool Contains(ChunkId id)
    {
        var key = KeyOf(id);
        for (var at = SlotOf(key, slots); slots[at] != 0; at = (at + 1) & (slots.Length - 1))
        {
            if (slots[at] == key)
                return true;
        }

        return false;
    }

    // Zero marks a free slot.
    private static ulong KeyOf(ChunkId id) => id.A == 0 ? 1 : id.A;

    private static int SlotOf(ulong key, ulong[] slots) => (int)(key & (ulong)(slots.Length - 1));

    private bool Add(ulong[] slots, ulong key)
    {
        var at = SlotOf(key, slots);
        for (; slots[at] != 0; at = (at + 1) & (slots.Length - 1))
        {
            if (slots[at] == key)
                return false;
        }

        slots[at] = key;
        Count++;
        return true;
    }

    private void Grow()
    {
        var before = slots;
        slots = new ulong[2 * before.Length];
        Count = 0;
        foreach (var key in before)
        {
            if (key != 0)
                Add(slots, key);
        }
    }
}
