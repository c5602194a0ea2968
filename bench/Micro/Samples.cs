using System.Text;

namespace StreamBack.Micro;

/// <summary>The bytes that are measured on, and the secrets they are measured with: the same in every run.</summary>
internal static class Samples
{
    /// <summary>Bytes taken of a file: beyond any cache, yet read in a moment.</summary>
    private const int MaxLength = 64 << 20;

    private const int Words = 4096;

    /// <summary>The start of the named file, or text if there is none.</summary>
    /// <param name="file">At most one path.</param>
    public static byte[] Read(string[] file)
    {
        if (file is not [var path])
            return Text(MaxLength);
        using var stream = File.OpenRead(path);
        var bytes = new byte[Math.Min(stream.Length, MaxLength)];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Pseudo-random bytes.</summary>
    public static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // Few words are frequent and many rare, so it compresses about as prose does.
    private static byte[] Text(int length)
    {
        var random = new Random(1);
        var words = new string[Words];
        for (var word = 0; word < Words; word++)
            words[word] = string.Concat(Enumerable.Range(0, random.Next(2, 11)).Select(_ => (char)('a' + random.Next(26))));
        var text = new StringBuilder(length + 16);
        while (text.Length < length)
        {
            text.Append(words[(int)(Words * Math.Pow(random.NextDouble(), 3))]);
            text.Append(random.Next(12) == 0 ? '\n' : ' ');
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
