using System.Buffers;
using System.IO.Hashing;

namespace StreamBack.Protocol.Catalogs;

/// <summary>Adds the folders that members are in: a member may name them too, or not.</summary>
/// <remarks>It remembers some that it has added lately. What it adds twice, <see cref="UnnamedFilter"/> takes away.</remarks>
internal sealed class UnnamedFolders
{
    /// <summary>Folders that are remembered: a tar goes deep, not wide, and each costs a record.</summary>
    private const int Remembered = 4096;

    private readonly ulong[] added = new ulong[Remembered];
    private readonly ArrayBufferWriter<byte> facts = new();
    private readonly ArrayBufferWriter<byte> key = new();
    private long bytes;

    public UnnamedFolders() => MemberFacts.WriteUnnamed(facts);

    /// <summary>Adds all folders above a path.</summary>
    /// <param name="path">Clean.</param>
    /// <param name="isFolder">Whether the path itself need not be added later.</param>
    /// <param name="most">Bytes that all keys together may have: as many as the tar has headers, or deep names of many pieces would make more of it than it is.</param>
    /// <param name="sorter">Gets them.</param>
    public void Add(ReadOnlySpan<byte> path, bool isFolder, long most, CatalogSorter sorter)
    {
        if (isFolder && !path.IsEmpty)
            Remember(path);
        var parent = MemberPath.Folder(path).Length;
        var known = parent;
        while (known > 0 && !IsRemembered(path[..known]))
            known = MemberPath.Folder(path[..known]).Length;

        // From the top, so that where the room ends a folder has those above it.
        while (known < parent)
        {
            var next = path[(known + 1)..parent].IndexOf((byte)'/');
            known = next < 0 ? parent : known + 1 + next;
            if (bytes + known >= most)
                return;
            bytes += known + 1;
            Remember(path[..known]);
            key.ResetWrittenCount();
            key.Advance(MemberPath.WriteKey(path[..known], key.GetSpan(known + 1)));
            sorter.Add(key.WrittenSpan, facts.WrittenSpan, default);
        }
    }

    private bool IsRemembered(ReadOnlySpan<byte> folder)
    {
        var hash = HashOf(folder);
        return Slot(hash) == hash;
    }

    private void Remember(ReadOnlySpan<byte> folder)
    {
        var hash = HashOf(folder);
        Slot(hash) = hash;
    }

    private ref ulong Slot(ulong hash) => ref added[hash / 2 % Remembered];

    // With 64 bits, two folders of one tar are never taken for one another. 0 is none.
    private static ulong HashOf(ReadOnlySpan<byte> folder) => XxHash3.HashToUInt64(folder) | 1;
}
