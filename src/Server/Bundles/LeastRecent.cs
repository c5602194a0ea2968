using System.Diagnostics.CodeAnalysis;

namespace StreamBack.Server.Bundles;

/// <summary>A bounded map that gives up what was not asked for the longest.</summary>
/// <param name="capacity">The most values that are kept, as it is when one is added.</param>
/// <param name="forget">Called for each value that leaves.</param>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class LeastRecent<TKey, TValue>(Func<int> capacity, Action<TValue> forget)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<Entry>> places = [];
    private readonly LinkedList<Entry> order = new();

    /// <summary>Finds a value and makes it the most recent.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!places.TryGetValue(key, out var node))
        {
            value = default;
            return false;
        }

        order.Remove(node);
        order.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Adds a value, in place of one with the same key; the least recent leave until all fit.</summary>
    public void Add(TKey key, TValue value)
    {
        if (places.TryGetValue(key, out var old))
            Drop(old);
        places[key] = order.AddFirst(new Entry(key, value));
        var most = capacity();
        while (order.Count > most)
            Drop(order.Last!);
    }

    /// <summary>Gives up a value, if it is there.</summary>
    public void Remove(TKey key)
    {
        if (places.TryGetValue(key, out var node))
            Drop(node);
    }

    /// <summary>Gives up everything.</summary>
    public void Clear()
    {
        while (order.Last is { } last)
            Drop(last);
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        order.Remove(node);
        places.Remove(node.Value.Key);
        forget(node.Value.Value);
    }

    private sealed record Entry(TKey Key, TValue Value);
}
