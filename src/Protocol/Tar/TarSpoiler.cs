namespace StreamBack.Protocol.Tar;

/// <summary>What ends a tar that breaks off where a header is due, or inside of one, where GNU tar would take it for whole: a block that is no header.</summary>
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

    /// <summary>Writes it, unless the tar breaks off within what a member has: there its end is refused, and the block would count as contents.</summary>
    /// <param name="target">Has got the tar so far.</param>
    /// <param name="passed">Has seen it.</param>
    public static void WriteTo(Stream target, TarScanner passed)
    {
        if (passed.BytesToHeader is not { } padding)
            return;
        target.Write(new byte[padding]);
        WriteTo(target);
    }
}
