using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Who keeps chunks: one snapshot alone, several of one name, or those of several names. Of each id the first eight bytes are kept: two
/// chunks that share them, one in 2^64 times their number, count as one.
/// </summary>
/// <param name="names">The number of each snapshot's name, by the snapshot's own number.</param>
/// <remarks>Threading: one thread. Memory: 16 to 32 bytes an id. Ids are random numbers, so they are their own hash.</remarks>
internal sealed class ChunkOwners(IReadOnlyList<int> names)
{
    /// <summary>Nobody.</summary>
    public const int Nobody = 0;

    /// <summary>Snapshots of several names.</summary>
    public const int Many = int.MaxValue;

    /// <summary>Slots at the beginning.</summary>
    private const int FirstSlots = 1 << 12;

    /// <summary>Of four slots three may be taken: linear probing stays at a few steps.</summary>
    private const int FullNumerator = 3, FullDenominator = 4;

    private ulong[] keys = new ulong[FirstSlots];
    private int[] owners = new int[FirstSlots];
    private int count;

    /// <summary>A snapshot as an owner.</summary>
    public static int OfSnapshot(int number) => number + 1;

    /// <summary>All snapshots of a name as an owner.</summary>
    public static int OfName(int number) => -number - 1;

    /// <summary>Who keeps a chunk.</summary>
    public int Of(ChunkId id) => owners[Find(KeyOf(id))];

    /// <summary>Adds an owner.</summary>
    /// <returns>False if that changes nothing.</returns>
    public bool Add(ChunkId id, int owner)
    {
        var at = Find(KeyOf(id));
        var joined = Join(owners[at], owner);
        if (joined == owners[at])
            return false;
        if (keys[at] == 0)
            at = Take(KeyOf(id));
        owners[at] = joined;
        return true;
    }

    private int Join(int one, int other)
    {
        if (one == Nobody || one == other)
            return other;
        if (other == Nobody)
            return one;
        return one != Many && other != Many && NameOf(one) == NameOf(other) ? OfName(NameOf(one)) : Many;
    }

    private int NameOf(int owner) => owner > 0 ? names[owner - 1] : -owner - 1;

    // Zero marks a free slot.
    private static ulong KeyOf(ChunkId id) => id.A == 0 ? 1 : id.A;

    private int Find(ulong key)
    {
        var at = (int)(key & (ulong)(keys.Length - 1));
        while (keys[at] != 0 && keys[at] != key)
            at = (at + 1) & (keys.Length - 1);
        return at;
    }

    private int Take(ulong key)
    {
        if (count + 1L > (long)keys.Length * FullNumerator / FullDenominator)
            Grow();
        var at = Find(key);
        keys[at] = key;
        count++;
        return at;
    }

    private void Grow()
    {
        var (oldKeys, oldOwners) = (keys, owners);
        (keys, owners) = (new ulong[2 * oldKeys.Length], new int[2 * oldKeys.Length]);
        for (var slot = 0; slot < oldKeys.Length; slot++)
        {
            if (oldKeys[slot] == 0)
                continue;
            var at = Find(oldKeys[slot]);
            (keys[at], owners[at]) = (oldKeys[slot], oldOwners[slot]);
        }
    }
}
