using StreamBack.Protocol.Catalogs;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>Room beside memory, in memory.</summary>
internal sealed class MemorySpill : ICatalogSpill
{
    private readonly List<byte[]> blocks = [];

    public void Append(ReadOnlySpan<byte> block)
    {
        Assert.Equal(ICatalogSpill.BlockLength, block.Length);
        blocks.Add(block.ToArray());
    }

    public void Read(long number, Span<byte> block) => blocks[(int)number].CopyTo(block);

    public void Dispose() => blocks.Clear();
}
