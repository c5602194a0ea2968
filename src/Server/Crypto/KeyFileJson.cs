using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Crypto;

/// <summary>A key file's JSON, member for member as the format says (2.1).</summary>
internal sealed record KeyFileJson
{
    public required int Version { get; init; }

    public required string Repository { get; init; }

    public required string Holds { get; init; }

    public required byte[] Config { get; init; }

    public required string Wrap { get; init; }

    public long? Memory { get; init; }

    public long? Passes { get; init; }

    public string? Salt { get; init; }

    public required byte[] Secret { get; init; }

    /// <summary>What <see cref="SumOfAll"/> gave when the file was written; null in one that an earlier build wrote.</summary>
    public string? Sum { get; init; }

    /// <summary>SHA-256 of all else, hex: without it a wrong byte of the secret would only make another secret.</summary>
    public string SumOfAll()
    {
        string?[] values =
        [
            Version.ToString(CultureInfo.InvariantCulture), Repository, Holds, Convert.ToBase64String(Config), Wrap,
            Memory?.ToString(CultureInfo.InvariantCulture), Passes?.ToString(CultureInfo.InvariantCulture), Salt, Convert.ToBase64String(Secret),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', values.Where(value => value is not null)))));
    }

    /// <summary>As JSON, in UTF-8; what is null is left out.</summary>
    public byte[] Write() => StoredJson.Write(json =>
    {
        json.WriteNumber("streamback-key", Version);
        json.WriteString("repository", Repository);
        json.WriteString("holds", Holds);
        json.WriteBase64String("config", Config);
        json.WriteString("wrap", Wrap);
        if (Memory is { } memory)
            json.WriteNumber("memory", memory);
        if (Passes is { } passes)
            json.WriteNumber("passes", passes);
        if (Salt is not null)
            json.WriteString("salt", Salt);
        json.WriteBase64String("secret", Secret);
        json.WriteString("sum", SumOfAll());
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException"/>
    public static KeyFileJson Read(StoredJson json) => new()
    {
        Version = (int)json.Integer("streamback-key", int.MinValue, int.MaxValue),
        Repository = json.Text("repository"),
        Holds = json.Text("holds"),
        Config = json.Bytes("config"),
        Wrap = json.Text("wrap"),
        Memory = json.OptionalInteger("memory"),
        Passes = json.OptionalInteger("passes"),
        Salt = json.OptionalText("salt"),
        Secret = json.Bytes("secret"),
        Sum = json.OptionalText("sum"),
    };
}
