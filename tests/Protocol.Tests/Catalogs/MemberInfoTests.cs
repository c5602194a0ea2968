using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;
using StreamBack.Protocol.Tar;
using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Members as JSON, there and back.</summary>
public sealed class MemberInfoTests
{
    [Fact]
    public void What_json_shows_is_the_entry_again() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(TarGenerator.Streams.ToArbitrary(), tar => BuiltCatalog.Of(tar.Bytes).All.TrueForAll(IsSame)));

    [Theory]
    [InlineData(0, 0, "1970-01-01T00:00:00Z")]
    [InlineData(-1, 999_999_999, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(1_700_000_000, 120_000_000, "2023-11-14T22:13:20.12Z")]
    [InlineData(253_402_300_799, 0, "9999-12-31T23:59:59Z")]
    [InlineData(253_402_300_800, 5, "@253402300800.000000005")]
    [InlineData(-62_135_596_800, 0, "0001-01-01T00:00:00Z")]
    [InlineData(-62_135_596_801, 0, "@-62135596801")]
    [InlineData(long.MaxValue, 0, "@9223372036854775807")]
    public void Times_are_text_to_the_nanosecond(long seconds, int nanoseconds, string text)
    {
        var time = new TarTime(seconds, nanoseconds);
        Assert.Equal(text, time.ToString());
        Assert.True(TarTime.TryParse(text, out var read));
        Assert.Equal(time, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("@x")]
    [InlineData("2026-11-20")]
    [InlineData("2026-11-20T12:00:00.Z")]
    [InlineData("2026-11-20T12:00:00.1234567890Z")]
    [InlineData("2026-11-20T12:00:00.-1Z")]
    public void What_is_no_time_is_none(string text) => Assert.False(TarTime.TryParse(text, out _));

    [Fact]
    public void Any_bytes_go_through_an_address()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        var text = PercentCode.Encode(all);
        Assert.True(text.All(letter => char.IsAsciiLetterOrDigit(letter) || "-._~/%".Contains(letter)));
        Assert.Equal(all, PercentCode.Decode(text));
        Assert.Equal("a b%"u8.ToArray(), PercentCode.Decode("a+b%"));
        Assert.Equal("%zz%4"u8.ToArray(), PercentCode.Decode("%zz%4"));
    }

    // But for its name in the tar, and names of owners that are no UTF-8.
    private static bool IsSame(CatalogEntry entry)
    {
        var json = JsonSerializer.Serialize(MemberInfo.Of(entry), ProtocolJson.Default.MemberInfo);
        var again = JsonSerializer.Deserialize(json, ProtocolJson.Default.MemberInfo)!.ToEntry();
        Assert.Equal(json, JsonSerializer.Serialize(MemberInfo.Of(again), ProtocolJson.Default.MemberInfo));
        Assert.Equal((Convert.ToHexString(entry.Path), Convert.ToHexString(entry.LinkName), entry.Place, entry.Modified, entry.Mode, entry.ContentHash, entry.ExtensionHash, entry.Size, entry.IsFolder), (Convert.ToHexString(again.Path), Convert.ToHexString(again.LinkName), again.Place, again.Modified, again.Mode, again.ContentHash, again.ExtensionHash, again.Size, again.IsFolder));
        return true;
    }
}
