using System.Buffers.Binary;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Server.Dedup;

/// <summary>
/// A blocked Bloom filter (Putze, Sanders, Singler 2007) over chunk ids: says of nearly every chunk that an index file
/// does not have that it does not, at the cost of one cache miss. Format: 5; do not change.
/// </summary>
/// <remarks>Threading: many readers, or one writer.</remarks>
internal sealed class IdFilter
{
    /// <summary>One cache line.</summary>
    public const int BlockSize = 64;

    /// <summary>12 bits for each id: one wrong answer in about 150, and 24 MiB for 1 TiB of 64 KiB chunks.</summary>
    private const int BitsPerId = 12;

    private const int BitsSetPerId = 7;
    private const int BitsPerPlace = 9; // log2 of the bits in a block

    private readonly byte[] bits;

    /// <summary>An empty filter for this many ids.</summary>
    public IdFilter(long ids)
        : this(new byte[Math.Max(1, (ids * BitsPerId + BlockSize * 8 - 1) / (BlockSize * 8)) * BlockSize])
    {
    }

    /// <param name="bits">What <see cref="Bytes"/> gave: one block or more, whole blocks; owned from here on.</param>
    public IdFilter(byte[] bits) => this.bits = bits;

    /// <summary>The filter, to be kept.</summary>
    public ReadOnlySpan<byte> Bytes => bits;

    /// <summary>Adds an id.</summary>
    public void Add(ChunkId id)
    {
        var (block, places) = Locate(id);
        for (var bit = 0; bit < BitsSetPerId; bit++, places >>= BitsPerPlace)
            bits[block + (int)(places & 511) / 8] |= (byte)(1 << (int)(places & 7));
    }

    /// <summary>False if the id was surely not added.</summary>
    public bool MayContain(ChunkId id)
    {
        var (block, places) = Locate(id);
        for (var bit = 0; bit < BitsSetPerId; bit++, places >>= BitsPerPlace)
        {
            if ((bits[block + (int)(places & 511) / 8] & 1 << (int)(places & 7)) == 0)
                return false;
        }

        return true;
    }

    // The format reads the id's words little-endian; a ChunkId keeps them big-endian.
    private (int Block, ulong Places) Locate(ChunkId id)
    {
        var blocks = (ulong)(bits.Length / BlockSize);
        var block = Math.BigMul(BinaryPrimitives.ReverseEndianness(id.A), blocks, out _);
        return ((int)block * BlockSize, BinaryPrimitives.ReverseEndianness(id.B));
    }
}
