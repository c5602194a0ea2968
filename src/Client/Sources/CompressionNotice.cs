using StreamBack.Protocol;

namespace StreamBack.Client.Sources;

/// <summary>
/// Passes a source on, and says once if it looks compressed: such a stream is stored as it is, but nothing in it is found
/// again in the next one.
/// </summary>
internal sealed class CompressionNotice(IStreamSource source, Action<string> notice) : IStreamSource
{
    private static readonly (string Name, byte[] Magic)[] Formats =
    [
        ("gzip", [0x1f, 0x8b, 0x08]),
        ("zstd", [0x28, 0xb5, 0x2f, 0xfd]),
        ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
        ("bzip2", "BZh"u8.ToArray()),
        ("lz4", [0x04, 0x22, 0x4d, 0x18]),
        ("zip", [0x50, 0x4b, 0x03, 0x04]),
        ("a pg_dump custom archive", "PGDMP"u8.ToArray()),
    ];

    private bool looked;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var count = source.Read(buffer);
        if (!looked)
            Look(buffer[..count]);
        looked = true;
        return count;
    }

    /// <inheritdoc/>
    public void EnsureComplete() => source.EnsureComplete();

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length) => source.EnsureHash(sha256, length);

    private void Look(ReadOnlySpan<byte> first)
    {
        foreach (var (name, magic) in Formats)
        {
            if (first.StartsWith(magic))
                notice($"Input is compressed ({name}): it is kept as it is, but saves nothing next time; better pipe it uncompressed");
        }
    }
}
