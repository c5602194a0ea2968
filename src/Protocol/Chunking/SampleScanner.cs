using System.Runtime.CompilerServices;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Finds the samples of one stream: the positions whose rolling hash begins with seven zero bits, unless another such
/// position is fewer than <see cref="Isolation"/> bytes before. One pass serves both the cuts and the similarity features.
/// <para>Invariant: what is found depends on the stream alone, not on how it is divided into calls.</para>
/// <para>Threading: one stream, one thread.</para>
/// </summary>
/// <remarks>
/// A single rolling hash waits for its own last step at each byte. Two of them, the second warmed with the window before
/// the middle, run in each other's shadow at 1.5 to 1.7 times the speed; four lanes run out of registers and reach 1.2.
/// </remarks>
public sealed unsafe class SampleScanner(RollingHash rollingHash)
{
    /// <summary>
    /// Bytes. It bounds the number of samples where a short pattern repeats, each time with a sample: such a place has
    /// none after the first. It costs one sample in nine elsewhere.
    /// </summary>
    public const int Isolation = 16;

    /// <summary>Hashes below this begin with seven zero bits. More samples than one in 128 found no more similar chunks.</summary>
    internal const ulong Limit = 1UL << (64 - ZeroBits);

    /// <summary>
    /// Mean distance of samples in random data, bytes: 128, and the chance of one position in 128 that each of the 15
    /// before rules it out, (128/127)^15.
    /// </summary>
    internal const double MeanDistance = 143.98;

    private const int ZeroBits = 7;
    private const int ValueShift = 64 - ZeroBits - 32;

    /// <summary>Bytes; below this the warming of a second lane costs more than it gains.</summary>
    private const int TwoLanesFrom = 1024;

    /// <summary>Steps of a lane in one round of <see cref="ScanTwo"/>.</summary>
    private const int Unroll = 4;

    private ulong hash = rollingHash.Start;

    /// <summary>Bytes since the last position whose hash was below the limit, a sample or not; at most <see cref="Isolation"/>.</summary>
    private int gap = Isolation;

    /// <summary>Room that <see cref="Scan"/> needs for the samples of <paramref name="length"/> bytes.</summary>
    public static int MaxSamples(int length) => (length / Isolation) + 4;

    /// <summary>Scans the stream's next bytes.</summary>
    /// <param name="buffer">Holds the stream contiguously up to <paramref name="to"/>, at least from <paramref name="from"/> on.</param>
    /// <param name="from">Where the last call ended, in the buffer's present coordinates.</param>
    /// <param name="to">Where to end, exclusive.</param>
    /// <param name="samples">Room for at least <see cref="MaxSamples"/> of the length.</param>
    /// <returns>The number of samples found; they are in order of position.</returns>
    public int Scan(ReadOnlySpan<byte> buffer, int from, int to, Span<Sample> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, buffer.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Length, MaxSamples(to - from));

        fixed (byte* bytes = buffer)
        fixed (ulong* table = &rollingHash.Table)
        fixed (Sample* destination = samples)
        {
            var lane = new Lane { Hash = hash, Last = from - gap, Next = destination };
            var half = to - from < TwoLanesFrom ? 0 : (to - from) / 2 & ~(Unroll - 1);
            if (half > 0)
                ScanHalves(bytes, from, half, table, ref lane);
            ScanPlainly(bytes, from + (2 * half), to, table, ref lane);
            hash = lane.Hash;
            gap = Math.Min(to - lane.Last, Isolation);
            return (int)(lane.Next - destination);
        }
    }

    /// <summary>The definition of the samples, and the loop for what is too short for two lanes.</summary>
    private static void ScanPlainly(byte* bytes, int from, int to, ulong* table, ref Lane lane)
    {
        var state = lane;
        for (var position = from; position < to; position++)
        {
            state.Hash = (state.Hash << 1) + table[bytes[position]];
            if (state.Hash < Limit)
                state.Record(position + 1, state.Hash);
        }
        lane = state;
    }

    /// <summary>Scans <paramref name="half"/> bytes from <paramref name="from"/> on and, beside them, as many after them.</summary>
    private void ScanHalves(byte* bytes, int from, int half, ulong* table, ref Lane first)
    {
        var middle = from + half;
        var behind = new Lane
        {
            Hash = rollingHash.Of(new ReadOnlySpan<byte>(bytes + middle - RollingHash.WindowLength, RollingHash.WindowLength)),
            Last = middle - Isolation,
            // A lane of this length has at most one sample in each Isolation bytes, and one more.
            Next = first.Next + (half / Isolation) + 1,
        };
        var behindSamples = behind.Next;
        ScanTwo(bytes, from, half, table, ref first, ref behind);

        // The lane behind took its first sample not knowing how near the last position before the middle was.
        if (behind.Next > behindSamples && behindSamples->Position - first.Last < Isolation)
            behindSamples++;
        var count = behind.Next - behindSamples;
        new ReadOnlySpan<Sample>(behindSamples, (int)count).CopyTo(new Span<Sample>(first.Next, (int)count));
        first.Next += count;
        first.Last = Math.Max(first.Last, behind.Last);
        first.Hash = behind.Hash;
    }

    /// <summary>
    /// The hot loop, one step a line. Written out, with pointers and hashes in locals and the lanes' rarely used rest in
    /// memory, because the compiler otherwise keeps the wrong half in registers, at two thirds of the speed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScanTwo(byte* bytes, int from, long half, ulong* table, ref Lane first, ref Lane second)
    {
        var a = first;
        var b = second;
        Lane* atA = &a, atB = &b;
        ulong hashA = a.Hash, hashB = b.Hash;
        var p = bytes + from;
        for (var end = p + half; p < end; p += Unroll)
        {
            hashA = (hashA << 1) + table[p[0]];
            if (hashA < Limit) atA->Record((int)(p - bytes) + 1, hashA);
            hashB = (hashB << 1) + table[p[half]];
            if (hashB < Limit) atB->Record((int)(p - bytes + half) + 1, hashB);
            hashA = (hashA << 1) + table[p[1]];
            if (hashA < Limit) atA->Record((int)(p - bytes) + 2, hashA);
            hashB = (hashB << 1) + table[p[half + 1]];
            if (hashB < Limit) atB->Record((int)(p - bytes + half) + 2, hashB);
            hashA = (hashA << 1) + table[p[2]];
            if (hashA < Limit) atA->Record((int)(p - bytes) + 3, hashA);
            hashB = (hashB << 1) + table[p[half + 2]];
            if (hashB < Limit) atB->Record((int)(p - bytes + half) + 3, hashB);
            hashA = (hashA << 1) + table[p[3]];
            if (hashA < Limit) atA->Record((int)(p - bytes) + 4, hashA);
            hashB = (hashB << 1) + table[p[half + 3]];
            if (hashB < Limit) atB->Record((int)(p - bytes + half) + 4, hashB);
        }
        a.Hash = hashA;
        b.Hash = hashB;
        first = a;
        second = b;
    }

    /// <summary>One run of the hash over consecutive bytes.</summary>
    private struct Lane
    {
        public ulong Hash;

        /// <summary>The last position whose hash was below the limit.</summary>
        public int Last;

        /// <summary>Where the next sample goes.</summary>
        public Sample* Next;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Record(int position, ulong hash)
        {
            if (position - Last >= Isolation)
                *Next++ = new Sample(position, (uint)(hash >> ValueShift));
            Last = position;
        }
    }
}
