using System.Text;
using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Tests.Storage;

public class StoredJsonTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}{}")]
    [InlineData("{} x")]
    [InlineData("""{"a":""")]
    public void Read_takes_one_object_only(string json) => Assert.ThrowsAny<JsonException>(() => Read(json, _ => ""));

    [Fact]
    public void Read_passes_over_blanks_and_unknown_members() => Assert.Equal("b", Read("""  {"x":[1],"a":"b"}  """, json => json.Text("a")));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800\ud800":0,"a":"\ud800"}""")]
    public void Text_refuses_what_is_none(string json) => Assert.ThrowsAny<JsonException>(() => Read(json, read => read.Text("a")));

    // Looking a member up reads the names of others; the parser had let them pass.
    [Fact]
    public void Names_that_are_no_Unicode_are_refused_like_other_damage() =>
        Assert.ThrowsAny<JsonException>(() => Read("""{"\ud800\ud800\ud800":0}""", json => json.Text("a")));

    [Theory]
    [InlineData("""{"a":"?"}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":[]}""")]
    public void Bytes_refuses_what_is_not_base64(string json) => Assert.ThrowsAny<JsonException>(() => Read(json, read => Convert.ToHexString(read.Bytes("a"))));

    [Theory]
    [InlineData("""{"a":1.5}""")]
    [InlineData("""{"a":"1"}""")]
    [InlineData("""{"a":9223372036854775808}""")]
    [InlineData("""{"a":8}""")]
    [InlineData("""{"a":-1}""")]
    public void Integer_keeps_to_its_bounds(string json) => Assert.ThrowsAny<JsonException>(() => Read(json, read => $"{read.Integer("a", 0, 7)}"));

    [Fact]
    public void What_may_be_null_must_be_there_and_what_is_optional_need_not()
    {
        Assert.Equal("", Read("""{"a":null}""", json => $"{json.TextOrNull("a")}{json.IntegerOrNull("a")}{json.TextsOrNull("a")}{json.OptionalText("a")}"));
        Assert.ThrowsAny<JsonException>(() => Read("{}", json => json.TextOrNull("a") ?? ""));
        Assert.ThrowsAny<JsonException>(() => Read("{}", json => $"{json.IntegerOrNull("a")}"));
        Assert.Equal("", Read("{}", json => $"{json.OptionalText("a")}{json.OptionalInteger("a")}"));
    }

    [Theory]
    [InlineData("""{"a":["x",null]}""")]
    [InlineData("""{"a":"x"}""")]
    public void Texts_takes_texts_only(string json) => Assert.ThrowsAny<JsonException>(() => Read(json, read => string.Concat(read.Texts("a"))));

    [Theory]
    [InlineData("""{"a":{"b":1}}""")]
    [InlineData("""{"a":[]}""")]
    public void Objects_takes_objects_only(string json) =>
        Assert.ThrowsAny<JsonException>(() => Read(json, read => string.Concat(read.Objects("a").Select(item => item.Name))));

    private static string Read(string json, Func<StoredJson, string> members) => StoredJson.Read(Encoding.UTF8.GetBytes(json), members);
}
