using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace StreamBack.Server.Serving.Tokens;

/// <summary>The text that proves who one is: <c>sb1_</c> and 256 random bits as base64url.</summary>
internal static class AccessToken
{
    private const string Mark = "sb1_";

    /// <summary>Nobody guesses 256 random bits, so a plain hash of them is as good as a slow one.</summary>
    private const int RandomBytes = 32;

    /// <summary>A new token.</summary>
    public static string New() => Mark + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>What is kept of it: SHA-256, 64 hex digits. Two are compared as hashes, so timing tells nothing of the token.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
