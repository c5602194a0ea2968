namespace StreamBack.Protocol.Chunking;

/// <summary>A place that the content chose: one in about 144 bytes. Cuts are made at samples, and similarity is judged by them.</summary>
/// <param name="Position">Bytes of the buffer up to and with the one whose hash this is: where a cut would fall.</param>
/// <param name="Value">The 32 bits of the hash that follow its seven zero ones; uniformly distributed.</param>
public readonly record struct Sample(int Position, uint Value);
