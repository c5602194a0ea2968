using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>A repository's parameters, chosen when it was made. Format: 1.1.</summary>
internal sealed record RepositoryConfig
{
    /// <summary>The chunk-id domain of a new repository.</summary>
    private const uint FirstDomain = 1;

    /// <summary>zstd 3: most of the ratio at 225 MB/s a core (docs/decisions/0003).</summary>
    public const int DefaultCompression = 3;

    private const int Version = 1;
    private const int HashLength = 2 * SHA256.HashSizeInBytes;

    public required int FormatVersion { get; init; }

    public required string Repository { get; init; }

    public required IReadOnlyList<string> Features { get; init; }

    public required uint Domain { get; init; }

    public required int AverageChunk { get; init; }

    public required int Compression { get; init; }

    // Read from these bytes: a later build may have written members that this one does not know, and key files hold a true copy.
    private byte[]? Source { get; init; }

    /// <summary>The repository's id.</summary>
    public RepositoryId Id => RepositoryId.TryParse(Repository, out var id) ? id : default;

    /// <summary>The sizes that cut points are chosen by.</summary>
    public ChunkingParameters Chunking => ChunkingParameters.ForAverage(AverageChunk);

    /// <summary>A new repository's config.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static RepositoryConfig New(int averageChunk, int compression)
    {
        ChunkingParameters.ForAverage(averageChunk);
        if (!Zstd.IsLevel(compression))
            throw new RepositoryException(ErrorCode.Usage, $"Compression level {compression} is none: give -7 to -1 or 1 to 19");
        return new RepositoryConfig
        {
            FormatVersion = Version,
            Repository = RepositoryId.New().ToString(),
            Features = [],
            Domain = FirstDomain,
            AverageChunk = averageChunk,
            Compression = compression,
        };
    }

    /// <summary>The config file's bytes; of one that was read, the same.</summary>
    public byte[] Write()
    {
        if (Source is not null)
            return Source;
        byte[] line = [.. WriteJson(), (byte)'\n'];
        return [.. line, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(line))), (byte)'\n'];
    }

    /// <summary>Reads a config file.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Unsupported"/>.</exception>
    public static RepositoryConfig Read(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.Length - HashLength - 1;
        if (end <= 0 || bytes[end - 1] != '\n' || bytes[^1] != '\n' || !Ascii.Equals(bytes.Slice(end, HashLength), Convert.ToHexStringLower(SHA256.HashData(bytes[..end]))))
            throw new RepositoryException(ErrorCode.Corrupt, "config does not match the SHA-256 that it ends with");
        var config = ReadJson(bytes[..end]);
        if (config.FormatVersion != Version)
            throw new RepositoryException(ErrorCode.Unsupported, $"The repository has format version {config.FormatVersion}, this build reads {Version}");
        if (config.Features.Count > 0)
            throw new RepositoryException(ErrorCode.Unsupported, $"The repository needs '{config.Features[0]}', which this build lacks");
        return config with { Source = bytes.ToArray() };
    }

    private byte[] WriteJson() => StoredJson.Write(json =>
    {
        json.WriteNumber("streamback", FormatVersion);
        json.WriteString("repository", Repository);
        json.WriteTexts("features", Features);
        json.WriteNumber("domain", Domain);
        json.WriteNumber("averageChunk", AverageChunk);
        json.WriteNumber("compression", Compression);
    });

    private static RepositoryConfig ReadJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StoredJson.Read(bytes, json => new RepositoryConfig
            {
                FormatVersion = (int)json.Integer("streamback", 0, int.MaxValue),
                Repository = json.Text("repository"),
                Features = json.Texts("features"),
                Domain = (uint)json.Integer("domain", 0, uint.MaxValue),
                AverageChunk = (int)json.Integer("averageChunk", 0, int.MaxValue),
                Compression = (int)json.Integer("compression", int.MinValue, int.MaxValue),
            });
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Unsupported, $"config cannot be read by this build: {error.Message}", error);
        }
    }
}
