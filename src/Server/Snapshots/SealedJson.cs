using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Snapshots;

/// <summary>A JSON object as a sealed part: padded with blanks, so that its length tells little. Format: 6.2.</summary>
internal static class SealedJson
{
    /// <summary>Parts are padded to this.</summary>
    private const int Unit = 256;

    /// <summary>The longest part that is read: a manifest holds 32 ids a stream, a few names, and a command line.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>The most that texts from outside may take of a part, as JSON: whatever else is in it still fits.</summary>
    private const int MaxTextLength = MaxLength / 2;

    /// <summary>Refuses texts that would make a part longer than any reader takes; to be asked before anything is stored.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static void EnsureFits(IEnumerable<string> texts)
    {
        var length = texts.Sum(text => (long)JsonEncodedText.Encode(text).EncodedUtf8Bytes.Length);
        if (length > MaxTextLength)
            throw new RepositoryException(ErrorCode.Usage, $"Tags and command take {length} bytes in the snapshot, at most {MaxTextLength} are kept");
    }

    /// <summary>Seals an object.</summary>
    public static byte[] Seal(SealingKey key, SealedKind kind, ReadOnlySpan<byte> json)
    {
        var padded = new byte[(json.Length + Unit - 1) / Unit * Unit];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded);
        return key.Seal(kind, 0, padded);
    }

    /// <summary>Opens and reads an object.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public static T Open<T>(SealingKey key, SealedKind kind, ReadOnlySpan<byte> part, Func<StoredJson, T> read, string what)
        where T : class
    {
        var plain = new byte[Math.Max(0, part.Length - SealingKey.TagSize)];
        if (!key.TryOpen(kind, 0, part, plain))
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: {kind} does not authenticate");
        try
        {
            return StoredJson.Read(plain, read);
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Corrupt, $"{what}: {kind} cannot be read: {error.Message}", error);
        }
    }
}
