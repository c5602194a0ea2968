using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamBack.Server.Serving.Http.Page;

/// <summary>
/// Addresses that need nothing but themselves, for a minute: for downloads by a link. A ticket is for one address and one token, and is
/// vouched for by a key that only this process has.
/// </summary>
/// <remarks>Threading: any.</remarks>
/// <param name="now">The time, UTC.</param>
internal sealed class Tickets(Func<DateTime> now)
{
    /// <summary>How long one counts: until the download has begun.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private const string Name = "ticket=";

    /// <summary>Bytes of what vouches for it.</summary>
    private const int MacBytes = 16;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Gives an address a ticket.</summary>
    /// <param name="address">Path and query, as they will be asked for.</param>
    /// <param name="tokenHash">Of the token that it counts for.</param>
    public string Add(string address, string tokenHash)
    {
        var until = new DateTimeOffset(now() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Name}{until}.{tokenHash}.{Mac(address, until, tokenHash)}";
    }

    /// <summary>The hash of the token that an address has a ticket of; null if it has none that counts.</summary>
    /// <param name="address">Path and query, as they were asked for.</param>
    public string? Find(string address)
    {
        var at = address.LastIndexOf(Name, StringComparison.Ordinal);
        if (at < 1 || address[at - 1] is not ('?' or '&') || address[(at + Name.Length)..].Split('.') is not [var until, var tokenHash, var mac])
            return null;
        var isRight = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac(address[..(at - 1)], until, tokenHash)));
        return isRight && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && new DateTimeOffset(now()).ToUnixTimeSeconds() < seconds
            ? tokenHash
            : null;
    }

    private string Mac(string address, string until, string tokenHash) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{until}\n{tokenHash}\n{address}")).AsSpan(0, MacBytes));
}
