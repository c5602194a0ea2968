using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Micro.Index;

/// <summary>A repository whose keys and chunk ids any process can make again.</summary>
internal static class ScaleRepository
{
    /// <summary>Ids from here on are in no repository.</summary>
    public const long Strange = 1L << 48;

    private static readonly RepositoryId Id = new(Samples.Random(RepositoryId.Size, seed: 2));

    /// <summary>The keys, always the same.</summary>
    public static RepositoryKeys Keys() =>
        new(Id, Samples.Random(RepositoryKeys.StructureKeySize, seed: 3), [ContentKeyPair.Full(Samples.Random(32, seed: 4))]);

    /// <summary>An empty repository.</summary>
    public static LocalDirectory Create(string folder)
    {
        var store = new LocalDirectory(folder, new UnsyncedDisk());
        store.CreateConfig(RepositoryConfig.New(ChunkingParameters.Default.Average, RepositoryConfig.DefaultCompression).Write(), () => { });
        return store;
    }

    /// <summary>The id of the chunk with this number: as if random.</summary>
    public static ChunkId ChunkId(long number)
    {
        var state = (ulong)number * 4;
        return new ChunkId(Mix(state), Mix(state + 1), Mix(state + 2), Mix(state + 3));
    }

    // SplitMix64 (Steele, Lea, Flood 2014): a bijection whose values pass for random.
    private static ulong Mix(ulong value)
    {
        value = (value + 1) * 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Makes nothing durable: making the repository is not what is measured.</summary>
    private sealed class UnsyncedDisk : Disk
    {
        public override void SyncFile(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path)
        {
        }

        public override void SyncFolder(string path)
        {
        }
    }
}
