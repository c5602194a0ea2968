using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace StreamBack.Server.Serving.Http.Page;

/// <summary>
/// Browsers that are signed in: each was given a random number for its token, and shows it in a cookie that scripts cannot read. Only in
/// memory: a server that starts again knows nobody.
/// </summary>
/// <remarks>Threading: any. Memory: <see cref="MaxSessions"/> of some 300 bytes.</remarks>
/// <param name="now">The time, UTC.</param>
internal sealed class PageSessions(Func<DateTime> now)
{
    /// <summary>The cookie's name: browsers tell hosts apart, but not their ports.</summary>
    public static string CookieOf(HttpContext context) => string.Create(CultureInfo.InvariantCulture, $"streamback-{context.Connection.LocalPort}");

    /// <summary>A day's work.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Browsers at once; one more ends the one that signed in first.</summary>
    private const int MaxSessions = 1000;

    /// <summary>Bytes of a number that nobody guesses.</summary>
    private const int IdBytes = 32;

    /// <summary>How long an invitation waits.</summary>
    private static readonly TimeSpan InvitedFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (string TokenHash, DateTime Until)> sessions = [];
    private readonly Dictionary<string, (string TokenHash, DateTime Until)> invited = [];

    /// <summary>Begins one.</summary>
    /// <param name="tokenHash">Of the token that it stands for.</param>
    /// <returns>What the cookie says.</returns>
    public string Begin(string tokenHash)
    {
        var id = NewId();
        lock (sessions)
        {
            foreach (var (old, _) in sessions.Where(session => session.Value.Until <= now()).ToList())
                sessions.Remove(old);
            if (sessions.Count >= MaxSessions)
                sessions.Remove(sessions.MinBy(session => session.Value.Until).Key);
            sessions.Add(id, (tokenHash, now() + Lifetime));
        }

        return id;
    }

    /// <summary>Makes a key that signs one browser in, once.</summary>
    /// <param name="tokenHash">Of the token that it stands for.</param>
    public string Invite(string tokenHash)
    {
        var key = NewId();
        lock (sessions)
            invited.Add(key, (tokenHash, now() + InvitedFor));
        return key;
    }

    /// <summary>The hash of the token that a key stands for, which counts no more from now on; null if it is none.</summary>
    public string? Take(string key)
    {
        lock (sessions)
            return invited.Remove(key, out var invitation) && invitation.Until > now() ? invitation.TokenHash : null;
    }

    /// <summary>The hash of the token that a cookie stands for; null if it stands for none.</summary>
    public string? Find(string id)
    {
        lock (sessions)
            return sessions.TryGetValue(id, out var session) && session.Until > now() ? session.TokenHash : null;
    }

    /// <summary>Ends one, if it is there.</summary>
    public void End(string id)
    {
        lock (sessions)
            sessions.Remove(id);
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
}
