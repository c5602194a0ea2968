using System.Security.Cryptography;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests.Crypto;

/// <summary>The functions underneath are those that were published.</summary>
public class VectorTests
{
    /// <summary>RFC 5869, appendix A, test cases 1 to 3: input key, salt, info, output.</summary>
    [Theory]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")]
    [InlineData(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
        "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")]
    public void HKDF_is_that_of_RFC_5869(string key, string salt, string info, string expected)
    {
        var derived = new byte[expected.Length / 2];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromHexString(key), derived, Convert.FromHexString(salt), Convert.FromHexString(info));
        Assert.Equal(expected, Convert.ToHexStringLower(derived));
    }

    /// <summary>RFC 7748, section 6.1: Alice's and Bob's keys, private and public.</summary>
    [Theory]
    [InlineData("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")]
    [InlineData("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")]
    public void PublicKey_is_that_of_RFC_7748(string privateKey, string publicKey) =>
        Assert.Equal(publicKey, Convert.ToHexStringLower(Libsodium.PublicKey(Convert.FromHexString(privateKey))));

    /// <summary>libsodium's own first vector for one lane (test/default/pwhash_argon2id.c): 5 passes, 7 256 678 bytes, 155 bytes out.</summary>
    [Fact]
    public void DeriveFromPassphrase_is_Argon2id()
    {
        var passphrase = Convert.FromHexString(
            "a347ae92bce9f80f6f595a4480fc9c2fe7e7d7148d371e9487d75f5c23008ffae065577a928febd9b1973a5a95073acdbeb6a030cfc0d79caa2dc5cd011cef02"
            + "c08da232d76d52dfbca38ca8dcbd665b17d1665f7cf5fe59772ec909733b24de97d6f58d220b20c60d7c07ec1fd93c52c31020300c6c1facd77937a597c7a6");
        var key = new byte[155];
        Libsodium.DeriveFromPassphrase(key, passphrase, Convert.FromHexString("5541fbc995d5c197ba290346d2c559de"), passes: 5, memoryBytes: 7_256_678);
        Assert.Equal(
            "18acec5d6507739f203d1f5d9f1d862f7c2cdac4f19d2bdff64487e60d969e3ced615337b9eec6ac4461c6ca07f0939741e57c24d0005c7ea171a0ee1e7348249d135b"
            + "38f222e4dad7b9a033ed83f5ca27277393e316582033c74affe2566a2bea47f91f0fd9fe49ece7e1f79f3ad6e9b23e0277c8ecc4b313225748dd2a80f5679534a0700e"
            + "246a79a49b3f74eb89ec6205fe1eeb941c73b1fcf1",
            Convert.ToHexStringLower(key));
    }

    [Fact]
    public void Sealed_box_opens_with_its_private_key_only_and_unchanged()
    {
        var pair = TestKeys.Full.Pairs[0];
        var message = TestBytes.Random(1, 32);
        var box = new byte[message.Length + Libsodium.SealBytes];
        Libsodium.Seal(box, message, pair.PublicKey);
        var opened = new byte[message.Length];
        Assert.True(Libsodium.Open(opened, box, pair.PublicKey, pair.PrivateKey!));
        Assert.Equal(message, opened);

        var other = ContentKeyPair.New();
        Assert.False(Libsodium.Open(opened, box, other.PublicKey, other.PrivateKey!));
        box[^1] ^= 1;
        Assert.False(Libsodium.Open(opened, box, pair.PublicKey, pair.PrivateKey!));
    }
}
