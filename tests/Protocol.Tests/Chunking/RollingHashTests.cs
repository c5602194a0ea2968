using StreamBack.Protocol.Chunking;

namespace StreamBack.Protocol.Tests.Chunking;

public class RollingHashTests
{
    private static readonly RollingHash Hash = ChunkingFixture.Rolling;

    [Fact]
    public void Next_forgets_a_byte_after_64_more()
    {
        var bytes = ChunkingFixture.Bytes(2, 1000);
        var rolled = Hash.Start;
        for (var i = 0; i < bytes.Length; i++)
        {
            rolled = Hash.Next(rolled, bytes[i]);
            if (i + 1 >= RollingHash.WindowLength)
                Assert.Equal(Hash.Of(bytes.AsSpan(i + 1 - RollingHash.WindowLength, RollingHash.WindowLength)), rolled);
        }
    }

    [Fact]
    public void Next_still_sees_the_oldest_byte_of_the_window_in_the_top_bit()
    {
        var window = new byte[RollingHash.WindowLength];
        var topBits = Enumerable.Range(0, 256).Select(value =>
        {
            window[0] = (byte)value;
            return Hash.Of(window) >> 63;
        });
        Assert.Equal(2, topBits.Distinct().Count());
    }

    [Fact]
    public void Start_is_the_hash_of_64_zero_bytes() =>
        Assert.Equal(Hash.Start, Hash.Of(new byte[RollingHash.WindowLength]));

    [Theory]
    [InlineData(RollingHash.SecretLength - 1)]
    [InlineData(RollingHash.SecretLength + 1)]
    public void Constructor_refuses_a_secret_of_another_length(int length) =>
        Assert.Throws<ArgumentException>(() => new RollingHash(new byte[length]));
}
