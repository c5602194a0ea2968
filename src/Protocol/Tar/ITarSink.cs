namespace StreamBack.Protocol.Tar;

/// <summary>
/// What a <see cref="TarScanner"/> tells while a stream passes. The spans of <see cref="Header"/> and
/// <see cref="Payload"/>, in the order of the calls, are exactly the bytes of the stream; how they are cut into calls
/// follows the slices that were scanned and means nothing. All spans are valid only during the call.
/// </summary>
public interface ITarSink
{
    /// <summary>The next bytes of the header stream: headers, extended headers, sparse maps, padding, zero blocks.</summary>
    void Header(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// The next bytes of the payload stream: contents of the member that is open; outside of a member, bytes that are
    /// no tar (a raw stream, a raw tail, whatever follows the end of an archive).
    /// </summary>
    void Payload(ReadOnlySpan<byte> bytes);

    /// <summary>The header bytes that come next are the next member's own: its long names and PAX records, or its header.</summary>
    void MemberHeaders();

    /// <summary>The header bytes that come next are a global PAX header, in force from here on.</summary>
    void GlobalHeader();

    /// <summary>
    /// A member begins: all its headers were given to <see cref="Header"/>, its <see cref="TarMember.PayloadSize"/>
    /// bytes go to <see cref="Payload"/> next.
    /// </summary>
    void MemberBegin(in TarMember member);

    /// <summary>The member's last byte was given. Never called for a member that the end of the stream cut short.</summary>
    void MemberEnd();
}
