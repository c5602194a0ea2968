using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Server.Serving.Quotas;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving.Tokens;

/// <summary>What may be known of a token.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Access">What it allows.</param>
/// <param name="Created">When it was made, or last rotated; UTC.</param>
/// <param name="Quota">What the names that it covers may have together; null for no limit of its own.</param>
public sealed record TokenInfo(string Name, Access Access, DateTime Created, QuotaRule? Quota);

/// <summary>The tokens of a server, in its state folder; only their hashes. Every process reads the file again when it changed.</summary>
/// <remarks>Threading: any. Losing the file loses access, never a snapshot.</remarks>
public sealed class TokenStore
{
    /// <summary>Thousands of tokens; a larger file is something else.</summary>
    private const long MaxFileLength = 16 << 20;

    private readonly string path;
    private readonly Lock gate = new();
    private Dictionary<string, TokenInfo> byHash = [];
    private FileStamp seen;

    /// <param name="stateFolder">Made, mode 0700, when the first token is added.</param>
    public TokenStore(string stateFolder) => path = Path.Combine(stateFolder, "tokens.json");

    /// <summary>Whether there is any token.</summary>
    public bool Any => Current().Count > 0;

    /// <summary>All tokens, by name.</summary>
    public IReadOnlyList<TokenInfo> List() => [.. Current().Values.OrderBy(token => token.Name, StringComparer.Ordinal)];

    /// <summary>Whose token has a hash; null if nobody's.</summary>
    /// <param name="hash">64 hex digits.</param>
    internal TokenInfo? FindHash(string hash) => Current().GetValueOrDefault(hash);

    /// <summary>Makes a token. Durable when this returns.</summary>
    /// <param name="quota">Bytes of streams that the names it covers may have together; null for no limit.</param>
    /// <returns>The token: shown now or never.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the name is taken or is none.</exception>
    public string Add(string name, Access access, long? quota = null) => Change(entries =>
    {
        SnapshotName.Parse(name);
        if (quota is { } bytes)
            QuotaRule.For(access.Prefixes, bytes);
        if (entries.Exists(entry => entry.Name == name))
            throw new RepositoryException(ErrorCode.Usage, $"There is a token '{name}' already; rotate or revoke it");
        var token = AccessToken.New();
        entries.Add(new TokenEntry(name, AccessToken.Hash(token), access.Capabilities.Names(), access.Prefixes, DateTime.UtcNow, quota));
        return token;
    });

    /// <summary>Gives a token's place to a new one; the old opens nothing from now on.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    public string Rotate(string name) => Change(entries =>
    {
        var token = AccessToken.New();
        var at = IndexOf(entries, name);
        entries[at] = entries[at] with { Hash = AccessToken.Hash(token), Created = DateTime.UtcNow };
        return token;
    });

    /// <summary>Ends a token.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/>.</exception>
    public void Revoke(string name) => Change(entries =>
    {
        entries.RemoveAt(IndexOf(entries, name));
        return "";
    });

    private static int IndexOf(List<TokenEntry> entries, string name) =>
        entries.FindIndex(entry => entry.Name == name) is var at && at >= 0 ? at : throw new RepositoryException(ErrorCode.NotFound, $"There is no token '{name}'");

    private string Change(Func<List<TokenEntry>, string> change) => IoErrors.Wrap(() =>
    {
        DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var held = Libc.OpenLockFile(path + ".lock", create: true)!;
        Libc.LockFile(held, wait: true);
        var entries = Read().Tokens.ToList();
        var token = change(entries);
        DurableFile.ReplaceForFolderOwner(path, JsonSerializer.SerializeToUtf8Bytes(new TokenFile(entries), TokenJson.Default.TokenFile));
        return token;
    });

    private Dictionary<string, TokenInfo> Current() => IoErrors.Wrap(() =>
    {
        var now = FileStamp.Of(path);
        lock (gate)
        {
            if (now != seen)
            {
                byHash = ByHash(Read().Tokens);
                seen = now;
            }

            return byHash;
        }
    });

    // A file that says anything unexpected lets nobody in.
    private Dictionary<string, TokenInfo> ByHash(IReadOnlyList<TokenEntry> entries)
    {
        try
        {
            return entries.ToDictionary(entry => entry.Hash, Info);
        }
        catch (Exception error) when (error is ArgumentException or RepositoryException)
        {
            throw new RepositoryException(ErrorCode.Failed, $"{path} cannot be read: {error.Message}", error);
        }
    }

    private static TokenInfo Info(TokenEntry entry) => new(
        entry.Name,
        new Access(CapabilityNames.Parse(entry.Allow), Access.ParsePrefixes(entry.Prefixes)),
        entry.Created,
        entry.Quota is { } bytes ? QuotaRule.For(entry.Prefixes, bytes) : null);

    // What the serializer does not look at: members of lists.
    private static bool IsWhole(TokenEntry? entry) => entry is not null && !entry.Allow.Concat(entry.Prefixes).Contains(null);

    private TokenFile Read()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return new TokenFile([]);
        if (file.Length > MaxFileLength)
            throw new RepositoryException(ErrorCode.Failed, $"{path} is no file of tokens: it has {file.Length} bytes");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), TokenJson.Default.TokenFile) is { } tokens && tokens.Tokens.All(IsWhole)
                ? tokens
                : throw new JsonException("a null where there is none");
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Failed, $"{path} cannot be read: {error.Message}", error);
        }
    }
}
