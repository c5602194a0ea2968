using System.Text;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Tests.Serving;

/// <summary>What of a file's first bytes a browser is told to show: text, four sorts of pictures, and nothing that can run.</summary>
public sealed class SafeContentTests
{
    [Theory]
    [InlineData("\u0089PNG\r\n\u001a\n", "image/png")]
    [InlineData("\u0089PNG\r\n\u001a", null)]
    [InlineData("\u00FF\u00D8\u00FF\u00E0\0\u0010JFIF", "image/jpeg")]
    [InlineData("\u00FF\u00D8", null)]
    [InlineData("GIF87a\u0001\0", "image/gif")]
    [InlineData("GIF89a\u0001\0", "image/gif")]
    [InlineData("GIF88a\u0001\0", null)]
    [InlineData("RIFF\u0010\0\0\0WEBPVP8 ", "image/webp")]
    [InlineData("RIFF\u0010\0\0\0WAVEfmt ", null)]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain; charset=utf-8")]
    [InlineData("<script>alert(1)</script>", "text/plain; charset=utf-8")]
    [InlineData("%PDF-1.7\n\u0080\n", null)]
    [InlineData("", "text/plain; charset=utf-8")]
    [InlineData("zero\0", null)]
    [InlineData("\u00E9 in Latin-1", null)]
    public void Shown_is_what_runs_nothing(string begin, string? type) => Assert.Equal(type, SafeContent.Shown(Encoding.Latin1.GetBytes(begin), isWhole: true));

    [Theory]
    [InlineData("aé", 1)]
    [InlineData("a€", 2)]
    [InlineData("a😀", 3)]
    public void A_character_that_is_cut_is_text_only_where_more_follows(string text, int cut)
    {
        var begin = Encoding.UTF8.GetBytes(text).AsSpan()[..^cut];
        Assert.Null(SafeContent.Shown(begin, isWhole: true));
        Assert.Equal("text/plain; charset=utf-8", SafeContent.Shown(begin, isWhole: false));
    }
}
