using System.Globalization;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>Rates as people write them: bytes a second, K, M and G for powers of 1024.</summary>
internal static class RateLimit
{
    /// <summary>Less would look to a server like a body that stands still.</summary>
    public const long Least = 1 << 10;

    /// <summary>What a rate looks like, for whoever wrote something else.</summary>
    public const string Form = "a rate is bytes a second, such as 500K or 10M, and 1K at the least";

    private const string Suffixes = "KMG";

    /// <summary>Reads a rate.</summary>
    /// <param name="text">Such as <c>10M</c>.</param>
    /// <param name="rate">Bytes a second, <see cref="Least"/> or more.</param>
    public static bool TryParse(string text, out long rate)
    {
        rate = 0;
        var power = text.Length == 0 ? 0 : Suffixes.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) + 1;
        if (!decimal.TryParse(power > 0 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        for (var i = 0; i < power && number < long.MaxValue; i++)
            number *= 1024;
        if (number is < Least or > long.MaxValue)
            return false;
        rate = (long)number;
        return true;
    }

    /// <summary>Reads a rate; null if none is given.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static long? Parse(string? text) =>
        text is null ? null
        : TryParse(text, out var rate) ? rate
        : throw new RepositoryException(ErrorCode.Usage, $"'{text}' is no rate: {Form}");
}
