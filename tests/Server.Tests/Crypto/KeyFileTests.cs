using System.Text;
using System.Text.Json.Nodes;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests.Crypto;

public class KeyFileTests
{
    private const string Passphrase = "correct horse battery staple ä";

    private static readonly byte[] Config = TestRepository.Config.Write();

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(2, Passphrase)]
    public void Full_key_comes_back(int pairs, string? passphrase)
    {
        using var keys = TestKeys.New(pairs);
        var file = KeyFile.Read(KeyFile.Write(keys, Config, passphrase), "key");
        Assert.Equal((TestKeys.Repository, true, passphrase is not null), (file.Repository, file.HoldsFullKey, file.NeedsPassphrase));
        Assert.Equal(Config, file.Config);
        using var opened = file.TryOpen(passphrase)!;
        AssertSame(keys, opened);
        Assert.True(opened.OpensContent);
    }

    [Fact]
    public void Put_key_comes_back_without_any_private_half()
    {
        using var putKeys = TestKeys.New(2).ToPutKeys();
        var bytes = KeyFile.Write(putKeys, Config, null);
        var file = KeyFile.Read(bytes, "key");
        Assert.False(file.HoldsFullKey);
        using var opened = file.TryOpen(null)!;
        AssertSame(putKeys, opened);
        Assert.False(opened.OpensContent);
        Assert.All(opened.Pairs, pair => Assert.Null(pair.PrivateKey));
    }

    [Fact]
    public void TryOpen_with_a_wrong_passphrase_or_none_is_null()
    {
        var file = KeyFile.Read(KeyFile.Write(TestKeys.Full, Config, Passphrase), "key");
        Assert.Null(file.TryOpen("Correct horse battery staple ä"));
        Assert.Null(file.TryOpen(null));
    }

    [Fact]
    public void TryOpen_of_a_wrapped_key_with_another_config_or_claim_is_null()
    {
        var whole = KeyFile.Write(TestKeys.Full, Config, Passphrase);
        Assert.Null(Changed(whole, json => json["config"] = Convert.ToBase64String([.. Config, 0])).TryOpen(Passphrase));
        Assert.Null(Changed(whole, json => json["holds"] = "put").TryOpen(Passphrase));
        Assert.Null(Changed(whole, json => json["repository"] = new string('0', 32)).TryOpen(Passphrase));
    }

    [Theory]
    [InlineData("memory", 67108863)]
    [InlineData("memory", 4294967297)]
    [InlineData("passes", 2)]
    [InlineData("passes", 65)]
    public void TryOpen_refuses_parameters_outside_their_bounds(string name, long value)
    {
        var file = Changed(KeyFile.Write(TestKeys.Full, Config, Passphrase), json => json[name] = value);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => file.TryOpen(Passphrase)).Code);
    }

    [Theory]
    [InlineData("salt", "00")]
    [InlineData("salt", "not hexadecimal")]
    [InlineData("salt", null)]
    [InlineData("memory", null)]
    [InlineData("secret", "")]
    public void TryOpen_of_a_wrapped_key_that_lacks_something_is_corrupt(string name, string? value)
    {
        var file = Changed(KeyFile.Write(TestKeys.Full, Config, Passphrase), json => json[name] = value);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => file.TryOpen(Passphrase)).Code);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("config")]
    [InlineData("holds")]
    [InlineData("wrap")]
    [InlineData("repository")]
    public void Read_refuses_a_file_in_which_a_member_is_null(string name)
    {
        var whole = KeyFile.Write(TestKeys.Full, Config, null);
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => Changed(whole, json => json[name] = null)).Code);
    }

    [Theory]
    [InlineData("streamback-key", "2", "version 2")]
    [InlineData("holds", "\"all\"", "all")]
    [InlineData("wrap", "\"scrypt\"", "scrypt")]
    public void Read_refuses_by_name_what_it_does_not_know(string name, string value, string says)
    {
        var whole = KeyFile.Write(TestKeys.Full, Config, null);
        var error = Assert.Throws<RepositoryException>(() => Changed(whole, json => json[name] = JsonNode.Parse(value)));
        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("a passphrase")]
    public void Read_of_what_is_no_key_file_is_denied(string text) =>
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => KeyFile.Read(Encoding.UTF8.GetBytes(text), "key")).Code);

    /// <summary>A wrong byte of a plain secret would open as another key, which stores what the right one cannot read.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(Passphrase)]
    public void No_changed_byte_makes_another_key(string? passphrase)
    {
        var whole = KeyFile.Write(TestKeys.Full, Config, passphrase);
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= 1;
            try
            {
                // Where "sum" is called something else there is none: then all else is as it was.
                using var opened = KeyFile.Read(changed, "key").TryOpen(null);
                Assert.True(opened is null || passphrase is null, $"byte {at}");
                if (opened is not null)
                    AssertSame(TestKeys.Full, opened);
            }
            catch (RepositoryException error)
            {
                Assert.True(error.Code is ErrorCode.Denied or ErrorCode.Unsupported, $"byte {at}: {error.Message}");
            }
        }
    }

    private static KeyFile Changed(byte[] whole, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(whole)!.AsObject();
        json.Remove("sum"); // whoever changes it on purpose makes another
        change(json);
        return KeyFile.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "key");
    }

    internal static void AssertSame(RepositoryKeys expected, RepositoryKeys actual)
    {
        Assert.Equal(expected.Repository, actual.Repository);
        Assert.Equal(expected.StructureKey, actual.StructureKey);
        Assert.Equal(expected.Pairs.Select(pair => Convert.ToHexString(pair.PublicKey)), actual.Pairs.Select(pair => Convert.ToHexString(pair.PublicKey)));
        Assert.Equal(expected.Pairs.Select(pair => Hex(pair.PrivateKey)), actual.Pairs.Select(pair => Hex(pair.PrivateKey)));
    }

    private static string? Hex(byte[]? bytes) => bytes is null ? null : Convert.ToHexString(bytes);
}
