using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Sessions;

public class KeyMaterialTests
{
    private const string Right = "right";

    private readonly MemoryStore store = new();
    private int asked;

    [Fact]
    public void A_damaged_stored_key_does_not_keep_another_from_opening()
    {
        store.Add(FileKind.Key, Stored(Right));
        for (byte damaged = 0; damaged < 8; damaged++) // so that some come before the sound one, in whichever order they are listed
            store.Add(FileKind.Key, [damaged]);
        using var keys = Open(Right);
        Assert.Equal(TestKeys.Repository, keys.Repository);
    }

    [Fact]
    public void A_passphrase_is_asked_for_once_for_all_stored_keys()
    {
        store.Add(FileKind.Key, Stored("one"));
        store.Add(FileKind.Key, Stored("two"));
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => Open("neither")).Code);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void A_stored_key_without_a_passphrase_is_not_used()
    {
        store.Add(FileKind.Key, Stored(passphrase: null));
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => Open(Right)).Code);
        Assert.Equal(0, asked);
    }

    private static byte[] Stored(string? passphrase) => KeyFile.Write(TestKeys.Full, TestRepository.Config.Write(), passphrase);

    private RepositoryKeys Open(string passphrase)
    {
        var material = new KeyMaterial(null, "", () =>
        {
            asked++;
            return passphrase;
        });
        return material.Open(store).Keys;
    }
}
