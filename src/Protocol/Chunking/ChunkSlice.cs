namespace StreamBack.Protocol.Chunking;

/// <summary>One chunk's place in its <see cref="ChunkBatch"/>.</summary>
/// <param name="Offset">Bytes from the start of the batch.</param>
/// <param name="Length">Bytes, 1 to the maximum of the chunking parameters.</param>
/// <param name="FirstSample">Index of its first sample in the batch.</param>
/// <param name="SampleCount">Samples in it, about one for each 144 bytes; a sample at its very end is its own.</param>
public readonly record struct ChunkSlice(int Offset, int Length, int FirstSample, int SampleCount);
