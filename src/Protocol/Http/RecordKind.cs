namespace StreamBack.Protocol.Http;

/// <summary>The records that a put session's bodies are made of (docs/design/wire-protocol.md, 9). The numbers are a contract.</summary>
public enum RecordKind : byte
{
    /// <summary>A batch of chunks is asked for.</summary>
    Ask = 1,

    /// <summary>The bytes of the next batch's missing chunks.</summary>
    Chunks = 2,

    /// <summary>The same as one zstd frame.</summary>
    PackedChunks = 3,

    /// <summary>The next bytes of the stream.</summary>
    Stream = 4,

    /// <summary>The same as one zstd frame.</summary>
    PackedStream = 5,

    /// <summary>All before it is to be made durable soon.</summary>
    Checkpoint = 6,

    /// <summary>The answer waits until all before it is durable.</summary>
    Wait = 7,

    /// <summary>The bytes of the next batch's missing chunks, and their samples (<see cref="Http.SampledChunks"/>).</summary>
    SampledChunks = 8,

    /// <summary>A batch of chunks comes that was not asked for: all of its bytes are in the next record.</summary>
    Tell = 9,
}
