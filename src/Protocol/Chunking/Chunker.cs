using System.Diagnostics;

namespace StreamBack.Protocol.Chunking;

/// <summary>
/// Cuts one stream into chunks where its content says so, so that an insertion changes the chunks around it and no
/// others. Bytes come in in any pieces; whole chunks go out in batches.
/// <para>Invariant: cut points depend on the bytes and the members alone, never on how they were fed or batched.</para>
/// <para>Threading: one stream, one thread; emitted batches may be used by others at once.</para>
/// <para>Owns: a rented batch from the first byte until it is emitted. One given up unfinished is left to the collector.</para>
/// </summary>
/// <remarks>
/// A chunk ends where a member begins or ends that has at least the group threshold's length, and at the maximum. Once
/// it has the minimum, it ends as well at some samples, and at some borders of smaller members, that <see cref="CutRule"/>
/// picks. Inside a smaller member samples do not count: it stays whole.
/// </remarks>
public sealed class Chunker
{
    /// <summary>Borders of members that may wait for the scan; more of them in one batch are only decided upon sooner.</summary>
    private const int MaxWaitingBorders = 4096;

    private readonly CutRule rule;
    private readonly SampleScanner scanner;
    private readonly int maximum;
    private readonly Func<ChunkBatch> rent;
    private readonly Action<ChunkBatch> emit;
    private readonly MemberBorder[] borders = new MemberBorder[MaxWaitingBorders];
    private int borderCount;

    private ChunkBatch? batch;
    private bool finished;

    /// <summary>Bytes in the batch; those before <see cref="decided"/> have been scanned and searched for cuts.</summary>
    private int length;
    private int decided;

    /// <summary>Where the present chunk begins in the batch, and its first sample.</summary>
    private int chunkStart;
    private int chunkFirstSample;
    private int sampleCount;

    /// <summary>Bytes taken so far.</summary>
    private long position;

    /// <summary>Where the present member ends in the stream; its length, or -1 outside of members.</summary>
    private long memberEnd;
    private long memberLength = -1;

    /// <param name="rollingHash">Its table is the repository's.</param>
    /// <param name="parameters">The repository's.</param>
    /// <param name="rent">Gives a batch made for the same parameters, new or used; the last one may still be held.</param>
    /// <param name="emit">Takes over a full batch; called in stream order.</param>
    public Chunker(RollingHash rollingHash, ChunkingParameters parameters, Func<ChunkBatch> rent, Action<ChunkBatch> emit)
    {
        rule = new CutRule(rollingHash, parameters);
        scanner = new SampleScanner(rollingHash);
        maximum = parameters.Maximum;
        this.rent = rent;
        this.emit = emit;
    }

    /// <summary>Says that the next <paramref name="length"/> bytes are one member's.</summary>
    /// <param name="length">Bytes, at least 0. Fewer may follow only if <see cref="Finish"/> does.</param>
    /// <exception cref="InvalidOperationException">The last member has not ended.</exception>
    public void BeginMember(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfFinished();
        if (memberLength >= 0 && position < memberEnd)
            throw new InvalidOperationException($"A member begins at {position}, inside one that ends at {memberEnd}");
        if (length == 0)
            return;
        AddBorder(memberLength, length);
        memberLength = length;
        memberEnd = position + length;
    }

    /// <summary>Takes the stream's next bytes; they are copied.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ThrowIfFinished();
        while (!bytes.IsEmpty)
        {
            if (memberLength >= 0 && position == memberEnd)
                EndMember();
            var batch = BatchWithRoom();
            var count = Math.Min(bytes.Length, batch.Buffer.Length - length);
            if (memberLength >= 0)
                count = (int)Math.Min(count, memberEnd - position);
            bytes[..count].CopyTo(batch.Buffer.AsSpan(length));
            bytes = bytes[count..];
            length += count;
            position += count;
        }
    }

    /// <summary>Ends the stream: cuts and emits what is left. Nothing is emitted for a stream without bytes.</summary>
    public void Finish()
    {
        ThrowIfFinished();
        finished = true;
        if (this.batch is not { } batch)
            return;
        Decide(batch);
        if (length > chunkStart)
            EndChunk(batch, length, sampleCount);
        this.batch = null;
        emit(batch);
    }

    private void EndMember()
    {
        AddBorder(memberLength, -1);
        memberLength = -1;
    }

    /// <summary>Notes the border at the present position between members of these lengths, or -1 for what is no member.</summary>
    private void AddBorder(long before, long after)
    {
        if (this.batch is not { } batch)
            return;
        if (borderCount == MaxWaitingBorders)
            Decide(batch);
        borders[borderCount++] = new MemberBorder(length, rule.StandsAlone(before) || rule.StandsAlone(after), IsSmall(before));
    }

    private bool IsSmall(long memberLength) => memberLength >= 0 && !rule.StandsAlone(memberLength);

    /// <summary>The present batch; a full one is emitted, and what it holds of an unfinished chunk carried into a new one.</summary>
    private ChunkBatch BatchWithRoom()
    {
        if (this.batch is { } batch && length < batch.Buffer.Length)
            return batch;
        var next = rent();
        next.Clear();
        if (this.batch is { } full)
        {
            Decide(full);
            next.StreamOffset = full.StreamOffset + chunkStart;
            full.Buffer.AsSpan(chunkStart, length - chunkStart).CopyTo(next.Buffer);
            for (var i = chunkFirstSample; i < sampleCount; i++)
                next.SampleBuffer[i - chunkFirstSample] = full.SampleBuffer[i] with { Position = full.SampleBuffer[i].Position - chunkStart };
            emit(full);
        }
        sampleCount -= chunkFirstSample;
        length -= chunkStart;
        decided = length;
        chunkFirstSample = 0;
        chunkStart = 0;
        return this.batch = next;
    }

    /// <summary>Scans the batch's new bytes, and visits their samples and borders in order; at the same place, the sample first.</summary>
    /// <remarks>Called before the present member changes: it is what the bytes after the last border belong to.</remarks>
    private void Decide(ChunkBatch batch)
    {
        var sample = sampleCount;
        sampleCount += scanner.Scan(batch.Buffer, decided, length, batch.SampleBuffer.AsSpan(sampleCount));
        decided = length;
        for (var border = 0; border < borderCount; border++)
        {
            var (position, alone, endsSmall) = borders[border];
            sample = DecideSamples(batch, sample, position, endsSmall);
            var chunk = batch.Buffer.AsSpan(chunkStart..position);
            if (!chunk.IsEmpty && (alone || rule.EndsBetweenSmallMembers(chunk)))
                EndChunk(batch, position, sample);
        }
        DecideSamples(batch, sample, length, IsSmall(memberLength));
        borderCount = 0;
    }

    /// <summary>Cuts at maxima and, outside of small members, at samples; returns the index of the first sample after the end.</summary>
    private int DecideSamples(ChunkBatch batch, int sample, int end, bool inSmallMember)
    {
        for (; sample < sampleCount; sample++)
        {
            var (position, value) = batch.SampleBuffer[sample];
            if (position > end)
                break;
            CutAtMaximum(batch, position, sample);
            if (!inSmallMember && rule.EndsAtSample(position - chunkStart, value))
                EndChunk(batch, position, sample + 1);
        }
        CutAtMaximum(batch, end, sample);
        return sample;
    }

    private void CutAtMaximum(ChunkBatch batch, int end, int sample)
    {
        while (end - chunkStart > maximum)
            EndChunk(batch, chunkStart + maximum, sample);
    }

    private void EndChunk(ChunkBatch batch, int position, int nextSample)
    {
        Debug.Assert(position > chunkStart, "A chunk has bytes");
        batch.Add(new ChunkSlice(chunkStart, position - chunkStart, chunkFirstSample, nextSample - chunkFirstSample));
        chunkStart = position;
        chunkFirstSample = nextSample;
    }

    private void ThrowIfFinished()
    {
        if (finished)
            throw new InvalidOperationException("The stream has been finished");
    }

    /// <summary>A place between two members, or beside one.</summary>
    /// <param name="Position">Bytes from the start of the batch.</param>
    /// <param name="Alone">True if one of its neighbours shares no chunk: a cut.</param>
    /// <param name="EndsSmall">True if the bytes before it, from the border before, are a small member's.</param>
    private readonly record struct MemberBorder(int Position, bool Alone, bool EndsSmall);
}
