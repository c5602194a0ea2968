namespace StreamBack.Client.Tests.Harness;

/// <summary>Bytes to store, the same in every run.</summary>
internal static class Bytes
{
    /// <summary>Bytes that no compressor shortens and no chunk of which is in those of another seed.</summary>
    public static byte[] Random(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
