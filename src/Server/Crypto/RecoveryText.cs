using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// A full key as letters for paper: numbered lines, each with its own check, so that a slip of the pen is found where it is.
/// Format: 2.2; do not change.
/// </summary>
internal static class RecoveryText
{
    private const byte Version = 1;

    /// <summary>20 bytes are 32 letters: eight groups of four, which an eye keeps.</summary>
    private const int LineBytes = 20;

    private const int LineLetters = LineBytes * 8 / BitsPerLetter;
    private const int GroupLetters = 4;
    private const int BitsPerLetter = 5;
    private const int HeadBytes = 1 + RepositoryId.Size + RepositoryKeys.StructureKeySize + 1;

    // Crockford's base 32: no I, L, O, U.
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Writes the lines of a full key.</summary>
    public static string Write(RepositoryKeys keys)
    {
        var bytes = new List<byte> { Version };
        var id = new byte[RepositoryId.Size];
        keys.Repository.CopyTo(id);
        bytes.AddRange(id);
        bytes.AddRange(keys.StructureKey);
        bytes.Add((byte)keys.Pairs.Count);
        foreach (var pair in keys.Pairs)
            bytes.AddRange(pair.PrivateKey ?? throw new RepositoryException(ErrorCode.Denied, "A put key has nothing to recover with"));
        while (bytes.Count % LineBytes != 0)
            bytes.Add(0);

        var text = new StringBuilder();
        var number = 1;
        foreach (var line in bytes.Chunk(LineBytes))
        {
            var letters = Letters(line) + Check(number, line);
            text.Append(CultureInfo.InvariantCulture, $"{number,2}");
            foreach (var group in letters.Chunk(GroupLetters))
                text.Append(' ').Append(group);
            text.Append('\n');
            number++;
        }

        return text.ToString();
    }

    /// <summary>Whether this looks like recovery text rather than a key file.</summary>
    public static bool Resembles(string text) => text.Split('\n').Any(line => line.TrimStart().StartsWith("1 ", StringComparison.Ordinal));

    /// <summary>Reads the lines back.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/>, naming the line that is wrong.</exception>
    public static RepositoryKeys Read(string text)
    {
        var bytes = new List<byte>();
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var number = bytes.Count / LineBytes + 1;
            bytes.AddRange(ReadLine(line, number));
        }

        var whole = bytes.ToArray();
        if (whole.Length < HeadBytes || whole[0] != Version || whole.Length < HeadBytes + whole[HeadBytes - 1] * Libsodium.KeyBytes || whole[HeadBytes - 1] == 0)
            throw new RepositoryException(ErrorCode.Denied, $"The recovery key has {whole.Length / LineBytes} lines, which are not all");
        var pairs = new List<ContentKeyPair>();
        for (var pair = 0; pair < whole[HeadBytes - 1]; pair++)
            pairs.Add(ContentKeyPair.Full(whole.AsSpan(HeadBytes + pair * Libsodium.KeyBytes, Libsodium.KeyBytes)));
        return new RepositoryKeys(
            new RepositoryId(whole.AsSpan(1, RepositoryId.Size)),
            whole.AsSpan(1 + RepositoryId.Size, RepositoryKeys.StructureKeySize).ToArray(),
            pairs);
    }

    private static byte[] ReadLine(string line, int number)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var given) || given != number)
            throw new RepositoryException(ErrorCode.Denied, $"Recovery key: line {number} is missing, found {words[0]}");
        var letters = string.Concat(words[1..]).ToUpperInvariant().Replace('O', '0').Replace('I', '1').Replace('L', '1');
        if (letters.Length != LineLetters + GroupLetters)
            throw new RepositoryException(ErrorCode.Denied, $"Recovery key: line {number} has {letters.Length} letters, not {LineLetters + GroupLetters}");
        var bytes = new byte[LineBytes];
        for (var letter = 0; letter < LineLetters; letter++)
        {
            var value = Alphabet.IndexOf(letters[letter], StringComparison.Ordinal);
            if (value < 0)
                throw new RepositoryException(ErrorCode.Denied, $"Recovery key: line {number} has '{letters[letter]}', which is no letter of it");
            for (var bit = 0; bit < BitsPerLetter; bit++)
            {
                var place = letter * BitsPerLetter + bit;
                bytes[place / 8] |= (byte)((value >> (BitsPerLetter - 1 - bit) & 1) << (7 - place % 8));
            }
        }

        if (letters[LineLetters..] != Check(number, bytes))
            throw new RepositoryException(ErrorCode.Denied, $"Recovery key: line {number} is mistyped");
        return bytes;
    }

    private static string Check(int number, byte[] line) => Letters(SHA256.HashData([(byte)number, .. line]))[..GroupLetters];

    private static string Letters(byte[] bytes)
    {
        var letters = new char[bytes.Length * 8 / BitsPerLetter];
        for (var letter = 0; letter < letters.Length; letter++)
        {
            var value = 0;
            for (var bit = 0; bit < BitsPerLetter; bit++)
            {
                var place = letter * BitsPerLetter + bit;
                value = value << 1 | bytes[place / 8] >> (7 - place % 8) & 1;
            }

            letters[letter] = Alphabet[value];
        }

        return new string(letters);
    }
}
