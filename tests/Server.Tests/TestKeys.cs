using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests;

/// <summary>Keys that are the same in every run.</summary>
internal static class TestKeys
{
    public static RepositoryId Repository { get; } = new(TestBytes.Random(1, RepositoryId.Size));

    /// <summary>A full key, to be shared: nobody disposes it.</summary>
    public static RepositoryKeys Full { get; } = New(pairs: 1);

    /// <summary>Its put key, to be shared as well.</summary>
    public static RepositoryKeys Put { get; } = Full.ToPutKeys();

    public static RepositoryKeys New(int pairs) => new(
        Repository,
        TestBytes.Random(2, RepositoryKeys.StructureKeySize),
        [.. Enumerable.Range(0, pairs).Select(pair => ContentKeyPair.Full(TestBytes.Random(3 + pair, Libsodium.KeyBytes)))]);

    public static SealingKey Sealing() => new(Repository, TestBytes.Random(20, SealingKey.KeySize), TestBytes.Random(21, SealingKey.IdSize));
}
