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
            _ = Remember(path);
        for (var folder = MemberPath.Folder(path); !folder.IsEmpty && bytes + folder.Length < most && Remember(folder); folder = MemberPath.Folder(folder))
        {
            bytes += folder.Length + 1;
            key.ResetWrittenCount();
            key.Advance(MemberPath.WriteKey(folder, key.GetSpan(folder.Length + 1)));
            sorter.Add(key.WrittenSpan, facts.WrittenSpan, default);
        }
    }

    // Whether it was not known. With 64 bits, two folders of one tar are never taken for one another.
    private bool Remember(ReadOnlySpan<byte> folder)
    {
        var hash = XxHash3.HashToUInt64(folder) | 1; // 0 is none
        ref var slot = ref added[hash / 2 % Remembered];
        if (slot == hash)
            return false;
        slot = hash;
        return true;
    }
}
