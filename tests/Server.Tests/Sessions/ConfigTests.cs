using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol;
using StreamBack.Server.Sessions;

namespace StreamBack.Server.Tests.Sessions;

public class ConfigTests
{
    private static readonly byte[] Whole = TestRepository.Config.Write();

    [Fact]
    public void Read_undoes_Write() => Assert.Equivalent(TestRepository.Config, RepositoryConfig.Read(Whole), strict: true);

    [Fact]
    public void Every_changed_byte_is_found() => Flips.AreDetected(Whole, bytes => RepositoryConfig.Read(bytes));

    [Fact]
    public void Every_truncation_is_corrupt()
    {
        for (var length = 0; length < Whole.Length; length++)
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<RepositoryException>(() => RepositoryConfig.Read(Whole.AsSpan(0, length))).Code);
    }

    [Theory]
    [InlineData("\"streamback\":1", "\"streamback\":2", "format version 2")]
    [InlineData("\"features\":[]", "\"features\":[\"shards\"]", "'shards'")]
    [InlineData("\"features\":[]", "\"features\":null", "'features'")]
    [InlineData("\"domain\":1", "\"domain\":-1", "'domain'")]
    [InlineData("{", "[", "cannot be read")]
    public void Read_refuses_by_name_what_it_does_not_know(string part, string other, string says)
    {
        var error = Assert.Throws<RepositoryException>(() => RepositoryConfig.Read(Changed(part, other)));
        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_passes_over_members_that_it_does_not_know() => RepositoryConfig.Read(Changed("{", "{\"more\":[1],"));

    [Fact]
    public void Write_of_a_config_that_was_read_gives_its_very_bytes()
    {
        var later = Changed("{", "{\"more\":[1],");
        Assert.Equal(later, RepositoryConfig.Read(later).Write());
    }

    private static byte[] Changed(string part, string other)
    {
        var line = Encoding.UTF8.GetString(Whole)[..(Whole.Length - 65)].Replace(part, other, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes($"{line}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)))}\n");
    }
}
