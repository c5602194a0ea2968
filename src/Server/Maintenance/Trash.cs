using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// Bundles that were found unused rest until no session is alive that was when they were moved: one may still read them, or have
/// found something in them that it rests on. Which sessions each waits for is noted in the prune's lock file; of one without a note
/// nobody knows, so it waits for all that are alive now. docs/design/removal.md, 5.
/// </summary>
/// <param name="store">The repository's.</param>
/// <param name="held">The prune's lock.</param>
/// <param name="own">The session for which nothing waits.</param>
/// <remarks>Threading: one thread, which holds the lock.</remarks>
internal sealed class Trash(IFileStore store, INamedLock held, string own)
{
    /// <summary>Ends a line, which may be torn.</summary>
    private const string End = ".";

    private const string Colon = ":";

    /// <summary>Moves bundles to the trash. To be called under the commit lock.</summary>
    public void Take(IReadOnlyCollection<ObjectId> bundles)
    {
        // One may have been here before, and moved back: what is noted of that time must not count for this.
        var waits = Read();
        var noted = bundles.Where(waits.ContainsKey).ToList();
        noted.ForEach(bundle => waits.Remove(bundle));
        if (noted.Count > 0)
            Write(waits);
        foreach (var bundle in bundles)
            store.Move(FileKind.Bundle, FileKind.UnusedBundle, bundle);
    }

    /// <summary>The bundles for which no session is alive any more that was when they came here.</summary>
    public HashSet<ObjectId> Due() => [.. Waits().Where(wait => wait.Sessions.Count == 0).Select(wait => wait.Bundle)];

    /// <summary>Gives back what nobody can need any more.</summary>
    /// <param name="due">From <see cref="Due"/>, but for what is needed all the same.</param>
    /// <returns>Bytes given back, and bytes that still wait.</returns>
    public (long Freed, long Waiting) Empty(IReadOnlySet<ObjectId> due)
    {
        var (freed, waiting) = (0L, 0L);
        var left = new Dictionary<ObjectId, HashSet<string>>();
        foreach (var (bundle, sessions) in Waits())
        {
            var length = store.Length(FileKind.UnusedBundle, bundle) ?? 0;
            if (due.Contains(bundle))
            {
                store.Delete(FileKind.UnusedBundle, bundle);
                freed += length;
                continue;
            }

            left.Add(bundle, sessions);
            waiting += length;
        }

        Write(left);
        return (freed, waiting);
    }

    private List<(ObjectId Bundle, HashSet<string> Sessions)> Waits()
    {
        var live = store.LiveSessions().Where(session => session != own).ToHashSet();
        var noted = Read();
        return [.. store.List(FileKind.UnusedBundle).Select(bundle => (bundle, (noted.GetValueOrDefault(bundle) ?? live).Intersect(live).ToHashSet()))];
    }

    // A line for each set of sessions that some bundles wait for: the sessions, a colon, the bundles, a dot.
    private Dictionary<ObjectId, HashSet<string>> Read()
    {
        var waits = new Dictionary<ObjectId, HashSet<string>>();
        foreach (var line in Encoding.ASCII.GetString(held.ReadNote()).Split('\n'))
        {
            var words = line.Split(' ');
            var colon = Array.IndexOf(words, Colon);
            if (colon < 0 || words[^1] != End)
                continue;
            foreach (var word in words[(colon + 1)..^1])
            {
                if (ObjectId.TryParse(word, out var bundle))
                    waits[bundle] = [.. words[..colon]];
            }
        }

        return waits;
    }

    private void Write(Dictionary<ObjectId, HashSet<string>> waits)
    {
        var lines = waits.GroupBy(wait => string.Join(' ', wait.Value.Order(StringComparer.Ordinal)), wait => wait.Key)
            .Select(group => $"{group.Key} {Colon} {string.Join(' ', group)} {End}\n");
        held.WriteNote(Encoding.ASCII.GetBytes(string.Concat(lines)));
    }
}
