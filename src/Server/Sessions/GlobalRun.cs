using StreamBack.Protocol.Tar;

namespace StreamBack.Server.Sessions;

/// <summary>Notices where global PAX headers end that follow each other.</summary>
internal sealed class GlobalRun : ITarSink
{
    /// <summary>Global headers that have begun.</summary>
    public int Globals { get; private set; }

    /// <summary>Whether something else has begun.</summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes) => HasEnded = true;

    /// <inheritdoc/>
    public void MemberHeaders() => HasEnded = true;

    /// <inheritdoc/>
    public void GlobalHeader() => Globals++;

    /// <inheritdoc/>
    public void MemberBegin(in TarMember member) => HasEnded = true;

    /// <inheritdoc/>
    public void MemberEnd() => HasEnded = true;
}
