using System.Text.Json.Serialization;

namespace StreamBack.Server.Serving.Notices;

/// <summary>What is told at once.</summary>
/// <param name="Repository">Its id, 32 hex digits.</param>
/// <param name="Host">The machine that tells.</param>
/// <param name="Troubles">One at least.</param>
internal sealed record Notice(string Repository, string Host, IReadOnlyList<Trouble> Troubles)
{
    /// <summary>One line.</summary>
    public string Subject => $"StreamBack on {Host}: {Troubles[0].Message}{(Troubles.Count > 1 ? $", and {Troubles.Count - 1} more" : "")}".ReplaceLineEndings(" ");

    /// <summary>A line for each trouble.</summary>
    public string Text => $"{string.Concat(Troubles.Select(trouble => trouble.Message + "\n"))}\nRepository {Repository} on {Host}. Each of these is told once.\n";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Notice))]
internal sealed partial class NoticeJson : JsonSerializerContext;
