using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Client.Commands;

/// <summary>
/// Splits a command as a POSIX shell would: at blanks, with single quotes, double quotes and backslashes. Nothing is expanded: what
/// a shell would do more about than split is refused.
/// </summary>
internal static class ShellWords
{
    /// <summary>What a shell acts on outside of quotes.</summary>
    private const string Operators = ";&|<>()$`\n\r";

    /// <summary>What it acts on within double quotes as well.</summary>
    private const string Expansions = "$`";

    /// <summary>What a backslash takes the meaning from within double quotes.</summary>
    private const string Escaped = "$`\"\\";

    /// <summary>The words of a command.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if only a shell would know what to do with it.</exception>
    public static List<string> Split(string command)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (var at = 0; at < command.Length; at++)
        {
            switch (command[at])
            {
                case ' ' or '\t':
                    Finish(words, ref word);
                    break;
                case '\'':
                    at = TakeSingle(command, at + 1, word ??= new StringBuilder());
                    break;
                case '"':
                    at = TakeDouble(command, at + 1, word ??= new StringBuilder());
                    break;
                case '\\' when at + 1 < command.Length && command[at + 1] is not '\n':
                    (word ??= new StringBuilder()).Append(command[++at]);
                    break;
                case '\\':
                    throw Refused("a backslash that no character follows");
                case var letter:
                    Refuse(letter, Operators);
                    (word ??= new StringBuilder()).Append(letter);
                    break;
            }
        }

        Finish(words, ref word);
        return words;
    }

    // Each returns where the closing quote is.
    private static int TakeSingle(string command, int from, StringBuilder word)
    {
        var end = command.IndexOf('\'', from);
        if (end < 0)
            throw Refused("a quote that does not end");
        word.Append(command, from, end - from);
        return end;
    }

    private static int TakeDouble(string command, int from, StringBuilder word)
    {
        for (var at = from; at < command.Length; at++)
        {
            if (command[at] == '"')
                return at;
            if (command[at] == '\\' && at + 1 < command.Length && Escaped.Contains(command[at + 1], StringComparison.Ordinal))
                at++;
            else
                Refuse(command[at], Expansions);
            word.Append(command[at]);
        }

        throw Refused("a quote that does not end");
    }

    private static void Finish(List<string> words, ref StringBuilder? word)
    {
        if (word is not null)
            words.Add(word.ToString());
        word = null;
    }

    private static void Refuse(char letter, string refused)
    {
        if (refused.Contains(letter, StringComparison.Ordinal))
            throw Refused(letter is '\n' or '\r' ? "a line break" : $"'{letter}'");
    }

    private static RepositoryException Refused(string what) =>
        new(ErrorCode.Denied, $"Not allowed: the command has {what}, and there is no shell here; quote what is meant as it stands");
}
