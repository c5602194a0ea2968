using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Patterns of paths, against regular expressions that say the same.</summary>
public sealed class MemberPatternTests
{
    private static readonly string[] Words = ["a", "b", "ä", "/", "*", "**", "?", "[ab]", "[!a]", "\\*", "**/"];

    [Fact]
    public void They_match_what_regular_expressions_match() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5000),
        Prop.ForAll(
            Gen.Elements(Words).ArrayOf().Where(words => words.Length is > 0 and < 8).ToArbitrary(),
            Gen.Elements("a", "b", "ä", "*", "/").ArrayOf().Where(path => path.Length < 12).ToArbitrary(),
            (words, letters) => AssertSame(string.Concat(words), Encoding.UTF8.GetString(MemberPath.Clean(Encoding.UTF8.GetBytes(string.Concat(letters)))))));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("[a")]
    [InlineData("a\\")]
    [InlineData("[]")]
    [InlineData("[z-a]")]
    public void What_is_no_pattern_is_refused(string text) =>
        Assert.Equal(ErrorCode.Usage, Assert.Throws<RepositoryException>(() => new MemberPattern(text)).Code);

    [Fact]
    public void A_byte_that_is_no_text_is_one_character()
    {
        Assert.True(new MemberPattern("a?b").Matches([(byte)'a', 0xff, (byte)'b']));
        Assert.False(new MemberPattern("ab").Matches([(byte)'a', 0xff, (byte)'b']));
        Assert.True(new MemberPattern("[!x]*").Matches([0xff, 0xfe]));
    }

    [Fact]
    public void Many_stars_take_no_time()
    {
        var pattern = new MemberPattern(string.Concat(Enumerable.Repeat("*a", 500)) + "b*");
        Assert.False(pattern.Matches(Encoding.UTF8.GetBytes(new string('a', 4000))));
        Assert.Throws<RepositoryException>(() => new MemberPattern(new string('*', 2000)));
    }

    private static bool AssertSame(string pattern, string path)
    {
        var text = string.Join('/', pattern.Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (text.Length == 0 || path.Length == 0 || Regex.IsMatch(text, @"(^|[^\\])\\$"))
            return true;
        var subject = pattern.Contains('/', StringComparison.Ordinal) ? path : path[(path.LastIndexOf('/') + 1)..];
        var expected = Regex.IsMatch(subject, $@"\A{Expression(text)}\z", RegexOptions.Singleline);
        Assert.True(expected == new MemberPattern(pattern).Matches(Encoding.UTF8.GetBytes(path)), $"{pattern} {path} {expected}");
        return true;
    }

    private static string Expression(string pattern)
    {
        var expression = new StringBuilder();
        for (var at = 0; at < pattern.Length;)
        {
            var rest = pattern[at..];
            var stars = rest.TakeWhile(letter => letter == '*').Count();
            var beginsName = at == 0 || pattern[at - 1] == '/';
            var (part, taken) = rest switch
            {
                _ when stars > 1 && beginsName && rest.Length > stars && rest[stars] == '/' => ("(.*/)?", stars + 1),
                _ when stars > 1 => (".*", stars),
                _ when stars == 1 => ("[^/]*", 1),
                ['?', ..] => ("[^/]", 1),
                ['[', '!', ..] => ("[^a/]", 4),
                ['[', ..] => ("[ab]", 4),
                ['\\', ..] => (@"\*", 2),
                _ => (Regex.Escape(rest[..1]), 1),
            };
            expression.Append(part);
            at += taken;
        }

        return expression.ToString();
    }
}
