namespace StreamBack.Protocol.Tar;

/// <summary>For who only wants to know where in a tar a stream is.</summary>
public sealed class NoTarSink : ITarSink
{
    /// <inheritdoc/>
    public void Header(ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void Payload(ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void MemberHeaders()
    {
    }

    /// <inheritdoc/>
    public void GlobalHeader()
    {
    }

    /// <inheritdoc/>
    public void MemberBegin(in TarMember member)
    {
    }

    /// <inheritdoc/>
    public void MemberEnd()
    {
    }
}
