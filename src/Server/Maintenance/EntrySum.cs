using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Maintenance;

/// <summary>
/// What a bundle has, in whatever order it is told: the number of its entries, and the sum of their hashes (an additive multiset
/// hash: Clarke et al., ASIACRYPT 2003). Two tell the same if their sums are equal.
/// </summary>
/// <param name="Entries">How many.</param>
/// <param name="Hashes">The sum, modulo 2^128; who could make two sums equal on purpose holds the keys that forge both sides.</param>
internal readonly record struct EntrySum(long Entries, UInt128 Hashes)
{
    private const int EntryOffset = ChunkId.Length;
    private const int LengthOffset = EntryOffset + sizeof(int);
    private const int ClassOffset = LengthOffset + sizeof(int);
    private const int HasBaseOffset = ClassOffset + sizeof(byte);
    private const int BaseOffset = HasBaseOffset + sizeof(byte);
    private const int RecordSize = BaseOffset + ChunkId.Length;

    /// <summary>The sum of a bundle's footer.</summary>
    public static EntrySum Of(BundleReader bundle)
    {
        var sum = default(EntrySum);
        for (var entry = 0; entry < bundle.Footer.Count; entry++)
            sum = sum.Plus(new IndexRecord(bundle.Footer.Id(entry), ChunkPlace.In(bundle, entry)));
        return sum;
    }

    /// <summary>The sum with one more entry; its bundle's name does not count.</summary>
    public EntrySum Plus(IndexRecord record)
    {
        var (id, place) = record;
        Span<byte> bytes = stackalloc byte[RecordSize];
        bytes.Clear();
        id.WriteTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[EntryOffset..], place.Entry);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthOffset..], place.ChunkLength);
        bytes[ClassOffset] = (byte)place.Class;
        if (place.Base is { } baseId)
        {
            bytes[HasBaseOffset] = 1;
            baseId.WriteTo(bytes[BaseOffset..]);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return new EntrySum(Entries + 1, Hashes + BinaryPrimitives.ReadUInt128LittleEndian(hash));
    }
}
