using StreamBack.Protocol.Tests.Tar;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A tar of very many members that differ in a number in their names alone, block by block.</summary>
internal static class ManyMembers
{
    private const int BlockSize = 512;

    /// <summary>The tar, its end included. The memory is valid until the next is asked for.</summary>
    /// <param name="header">Of one, 512 bytes; changed.</param>
    /// <param name="at">Where in it the number is, seven digits.</param>
    /// <param name="count">How many.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Of(byte[] header, int at, int count)
    {
        for (var number = 0; number < count; number++)
        {
            TarBuilder.Put(header, at, $"{number:D7}");
            TarBuilder.Sum(header);
            yield return header;
        }

        yield return new byte[2 * BlockSize];
    }
}
