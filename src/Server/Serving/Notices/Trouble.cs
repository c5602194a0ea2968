using System.Text.Json.Serialization;

namespace StreamBack.Server.Serving.Notices;

/// <summary>Something that people should be told of.</summary>
/// <param name="Kind">One of <see cref="TroubleKinds"/>.</param>
/// <param name="About">The name, the duty, or the snapshot.</param>
/// <param name="Message">What: one line.</param>
/// <param name="State">The same for as long as it is the same trouble, so that it is told once.</param>
internal sealed record Trouble(string Kind, [property: JsonPropertyName("name")] string About, string Message, [property: JsonIgnore] string State);

/// <summary>The kinds of troubles: a contract (docs/design/service.md).</summary>
internal static class TroubleKinds
{
    /// <summary>A name was not put when it should have been.</summary>
    public const string Late = "late";

    /// <summary>A put failed, and none of its name went well since.</summary>
    public const string FailedPut = "failed-put";

    /// <summary>A check found damage, or could not be done; as another duty.</summary>
    public const string FailedDuty = "failed-duty";

    /// <summary>A snapshot's stream was found wrong by who wanted it.</summary>
    public const string Damaged = "damaged";
}
