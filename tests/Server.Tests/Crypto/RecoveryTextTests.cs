using System.Globalization;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Tests.Crypto;

public class RecoveryTextTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Read_undoes_Write(int pairs)
    {
        using var keys = TestKeys.New(pairs);
        var text = RecoveryText.Write(keys);
        Assert.True(RecoveryText.Resembles(text));
        KeyFileTests.AssertSame(keys, RecoveryText.Read(text));
        KeyFileTests.AssertSame(keys, RecoveryText.Read("# StreamBack recovery key\r\n\r\n" + text.ToLowerInvariant().Replace("\n", "\r\n  ", StringComparison.Ordinal)));

        // Read by an eye that takes 0 for O and 1 for I or L; the lines' numbers are told by their place.
        var lines = text.TrimEnd('\n').Split('\n').Select(line => line[..2] + line[2..].Replace('0', 'O').Replace('1', 'L'));
        KeyFileTests.AssertSame(keys, RecoveryText.Read(string.Join('\n', lines)));
    }

    [Fact]
    public void Read_finds_every_slip_of_one_character_and_names_its_line()
    {
        var text = RecoveryText.Write(TestKeys.Full);
        var line = 1;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\n')
            {
                line++;
                continue;
            }

            foreach (var slip in "0123456789ABCDEFGHJKMNPQRSTVWXYZU-")
                AssertFound(text, at, slip, line);
        }
    }

    [Fact]
    public void Read_finds_lines_that_are_missing_twice_or_exchanged()
    {
        var lines = RecoveryText.Write(TestKeys.Full).TrimEnd('\n').Split('\n');
        for (var line = 0; line < lines.Length; line++)
        {
            AssertDenied(string.Join('\n', lines.Where((_, number) => number != line)));
            AssertDenied(string.Join('\n', [.. lines[..line], lines[line], .. lines[line..]]));
            if (line > 0)
                AssertDenied(string.Join('\n', [.. lines[..(line - 1)], lines[line], lines[line - 1], .. lines[(line + 1)..]]));
        }

        AssertDenied("");
    }

    [Fact]
    public void Write_of_a_put_key_is_denied()
    {
        using var putKeys = TestKeys.Full.ToPutKeys();
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => RecoveryText.Write(putKeys)).Code);
    }

    private static void AssertFound(string text, int at, char slip, int line)
    {
        // A letter that stands there already is no slip, nor is a zero before a line's number.
        if (slip == text[at] || (slip == '0' && (at == 0 || text[at - 1] == '\n')))
            return;
        var slipped = text[..at] + slip + text[(at + 1)..];
        var error = Record.Exception(() => RecoveryText.Read(slipped));
        Assert.True(error is RepositoryException { Code: ErrorCode.Denied }, $"{slipped[..(at + 1)]}: {error}");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"line {line} "), error.Message, StringComparison.Ordinal);
    }

    private static void AssertDenied(string text) =>
        Assert.Equal(ErrorCode.Denied, Assert.Throws<RepositoryException>(() => RecoveryText.Read(text)).Code);
}
