using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tests.Chunking;

public class ChunkIdTests
{
    private static readonly Arbitrary<byte[]> IdBytes =
        Gen.Choose(0, int.MaxValue).Select(seed => ChunkingFixture.Bytes(seed, ChunkId.Length)).ToArbitrary();

    [Fact]
    public void Written_id_reads_back_and_prints_its_bytes() =>
        Prop.ForAll(IdBytes, bytes =>
        {
            var id = new ChunkId(bytes);
            var written = new byte[ChunkId.Length];
            id.WriteTo(written);
            return written.SequenceEqual(bytes)
                && new ChunkId(written) == id
                && id.ToString() == Convert.ToHexStringLower(bytes);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Comparison_orders_ids_as_their_bytes() =>
        Prop.ForAll(IdBytes, IdBytes, Gen.Choose(0, ChunkId.Length).ToArbitrary(), (left, right, common) =>
        {
            left.AsSpan(0, common).CopyTo(right);
            return Math.Sign(new ChunkId(left).CompareTo(new ChunkId(right))) == Math.Sign(left.AsSpan().SequenceCompareTo(right));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hash_is_the_HMAC_of_the_plain_hash() =>
        Prop.ForAll(IdBytes, Gen.Choose(0, 3000).ToArbitrary(), (secret, length) =>
        {
            var chunk = ChunkingFixture.Bytes(7, length);
            var expected = new ChunkId(HMACSHA256.HashData(secret, SHA256.HashData(chunk)));
            using var hasher = new ChunkHasher(secret);
            return hasher.Hash(chunk) == expected && hasher.OfContentHash(SHA256.HashData(chunk)) == expected;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hasher_refuses_a_secret_of_another_length() =>
        Assert.Throws<ArgumentException>(() => new ChunkHasher(new byte[ChunkHasher.SecretLength - 1]).Dispose());
}
