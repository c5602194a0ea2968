namespace StreamBack.Protocol.Tar;

/// <summary>What ends a tar that breaks off inside a header, where GNU tar would take it for whole: a block that is no header.</summary>
public static class TarSpoiler
{
    /// <summary>Writes it.</summary>
    public static void WriteTo(Stream target)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        block.Fill((byte)'!');
        "\nstreamback: the stream breaks off here, it could not be given whole\n"u8.CopyTo(block);
        target.Write(block);
    }
}
