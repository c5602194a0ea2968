namespace StreamBack.Protocol.Chunking;

/// <summary>Which of a snapshot's stored streams. The numbers are a contract (docs/design/wire-protocol.md, 9).</summary>
public enum Lane
{
    /// <summary>The contents of a tar's members; all of any other stream.</summary>
    Payload = 0,

    /// <summary>A tar's headers and padding.</summary>
    Header = 1,

    /// <summary>How these two interleave.</summary>
    Layout = 2,

    /// <summary>A tar's members, sorted.</summary>
    Catalog = 3,
}
