using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests.Crypto;

public class SealingKeyTests
{
    private static readonly byte[] Plain = TestBytes.Random(5, 100);

    [Fact]
    public void TryOpen_undoes_Seal_also_in_place()
    {
        using var key = TestKeys.Sealing();
        var opened = new byte[Plain.Length];
        Assert.True(key.TryOpen(SealedKind.IndexPage, 7, key.Seal(SealedKind.IndexPage, 7, Plain), opened));
        Assert.Equal(Plain, opened);

        byte[] buffer = [.. Plain, .. new byte[SealingKey.TagSize]];
        key.Seal(SealedKind.IndexPage, 7, buffer.AsSpan(0, Plain.Length), buffer);
        Assert.Equal(key.Seal(SealedKind.IndexPage, 7, Plain), buffer);
    }

    [Fact]
    public void TryOpen_refuses_another_kind_ordinal_repository_key_id_or_key()
    {
        using var key = TestKeys.Sealing();
        var part = key.Seal(SealedKind.IndexPage, 7, Plain);
        foreach (var kind in Enum.GetValues<SealedKind>().Where(kind => kind != SealedKind.IndexPage))
            Assert.False(key.TryOpen(kind, 7, part, new byte[Plain.Length]));
        Assert.False(key.TryOpen(SealedKind.IndexPage, 8, part, new byte[Plain.Length]));
        Assert.False(key.TryOpen(SealedKind.IndexPage, 7UL << 32, part, new byte[Plain.Length]));

        var (bytes, id) = (TestBytes.Random(20, SealingKey.KeySize), TestBytes.Random(21, SealingKey.IdSize));
        AssertRefuses(new SealingKey(new RepositoryId(new byte[RepositoryId.Size]), bytes, id), part);
        AssertRefuses(new SealingKey(TestKeys.Repository, bytes, new byte[SealingKey.IdSize]), part);
        AssertRefuses(new SealingKey(TestKeys.Repository, new byte[SealingKey.KeySize], id), part);
    }

    [Fact]
    public void TryOpen_refuses_every_changed_byte_and_every_other_length()
    {
        using var key = TestKeys.Sealing();
        var part = key.Seal(SealedKind.Label, 0, Plain);
        for (var at = 0; at < part.Length; at++)
        {
            var changed = part.ToArray();
            changed[at] ^= 1;
            Assert.False(key.TryOpen(SealedKind.Label, 0, changed, new byte[Plain.Length]));
            Assert.False(key.TryOpen(SealedKind.Label, 0, part.AsSpan(..at), new byte[Plain.Length]));
        }
    }

    [Fact]
    public void Seal_is_AES_GCM_with_the_ordinal_as_nonce_and_the_associated_data_of_the_format()
    {
        using var key = TestKeys.Sealing();
        var id = new byte[RepositoryId.Size];
        TestKeys.Repository.CopyTo(id);
        byte[] nonce = [0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0];
        byte[] associated = [1, 0, (byte)SealedKind.BundleFooter, .. id, .. TestBytes.Random(21, SealingKey.IdSize), 2, 1, 0, 0, 0, 0, 0, 0];
        var expected = new byte[Plain.Length + SealingKey.TagSize];
        using var cipher = new AesGcm(TestBytes.Random(20, SealingKey.KeySize), SealingKey.TagSize);
        cipher.Encrypt(nonce, Plain, expected.AsSpan(0, Plain.Length), expected.AsSpan(Plain.Length), associated);
        Assert.Equal(expected, key.Seal(SealedKind.BundleFooter, 0x102, Plain));
    }

    [Fact]
    public void One_key_serves_many_threads()
    {
        using var key = TestKeys.Sealing();
        Parallel.For(0, 2000, number =>
        {
            var opened = new byte[Plain.Length];
            Assert.True(key.TryOpen(SealedKind.IndexPage, (ulong)number, key.Seal(SealedKind.IndexPage, (ulong)number, Plain), opened));
            Assert.Equal(Plain, opened);
        });
    }

    private static void AssertRefuses(SealingKey other, byte[] part)
    {
        using (other)
            Assert.False(other.TryOpen(SealedKind.IndexPage, 7, part, new byte[Plain.Length]));
    }
}
