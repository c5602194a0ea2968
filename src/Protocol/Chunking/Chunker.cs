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

    private readonly CutRule _rule;
    private readonly SampleScanner _scanner;
    private readonly int _maximum;
    private readonly Func<ChunkBatch> _rent;
    private readonly Action<ChunkBatch> _emit;
    private readonly MemberBorder[] _borders = new MemberBorder[MaxWaitingBorders];
    private int _borderCount;

    private ChunkBatch? _batch;
    private bool _finished;

    /// <summary>Bytes in the batch; those before <see cref="_decided"/> have been scanned and searched for cuts.</summary>
    private int _length;
    private int _decided;

    /// <summary>Where the present chunk begins in the batch, and its first sample.</summary>
    private int _chunkStart;
    private int _chunkFirstSample;
    private int _sampleCount;

    /// <summary>Bytes taken so far.</summary>
    private long _position;

    /// <summary>Where the present member ends in the stream; its length, or -1 outside of members.</summary>
    private long _memberEnd;
    private long _memberLength = -1;

    /// <param name="rollingHash">Its table is the repository's.</param>
    /// <param name="parameters">The repository's.</param>
    /// <param name="rent">Gives a batch made for the same parameters, new or used; the last one may still be held.</param>
    /// <param name="emit">Takes over a full batch; called in stream order.</param>
    public Chunker(RollingHash rollingHash, ChunkingParameters parameters, Func<ChunkBatch> rent, Action<ChunkBatch> emit)
    {
        _rule = new CutRule(rollingHash, parameters);
        _scanner = new SampleScanner(rollingHash);
        _maximum = parameters.Maximum;
        _rent = rent;
        _emit = emit;
    }

    /// <summary>Says that the next <paramref name="length"/> bytes are one member's.</summary>
    /// <param name="length">Bytes, at least 0. Fewer may follow only if <see cref="Finish"/> does.</param>
    /// <exception cref="InvalidOperationException">The last member has not ended.</exception>
    public void BeginMember(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfFinished();
        if (_memberLength >= 0 && _position < _memberEnd)
            throw new InvalidOperationException($"A member begins at {_position}, inside one that ends at {_memberEnd}");
        if (length == 0)
            return;
        AddBorder(_memberLength, length);
        _memberLength = length;
        _memberEnd = _position + length;
    }

    /// <summary>Takes the stream's next bytes; they are copied.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ThrowIfFinished();
        while (!bytes.IsEmpty)
        {
            if (_memberLength >= 0 && _position == _memberEnd)
                EndMember();
            var batch = BatchWithRoom();
            var count = Math.Min(bytes.Length, batch.Buffer.Length - _length);
            if (_memberLength >= 0)
                count = (int)Math.Min(count, _memberEnd - _position);
            bytes[..count].CopyTo(batch.Buffer.AsSpan(_length));
            bytes = bytes[count..];
            _length += count;
            _position += count;
        }
    }

    /// <summary>Ends the stream: cuts and emits what is left. Nothing is emitted for a stream without bytes.</summary>
    public void Finish()
    {
        ThrowIfFinished();
        _finished = true;
        if (_batch is not { } batch)
            return;
        Decide(batch);
        if (_length > _chunkStart)
            EndChunk(batch, _length, _sampleCount);
        _batch = null;
        _emit(batch);
    }

    private void EndMember()
    {
        AddBorder(_memberLength, -1);
        _memberLength = -1;
    }

    /// <summary>Notes the border at the present position between members of these lengths, or -1 for what is no member.</summary>
    private void AddBorder(long before, long after)
    {
        if (_batch is not { } batch)
            return;
        if (_borderCount == MaxWaitingBorders)
            Decide(batch);
        _borders[_borderCount++] = new MemberBorder(_length, _rule.StandsAlone(before) || _rule.StandsAlone(after), IsSmall(before));
    }

    private bool IsSmall(long memberLength) => memberLength >= 0 && !_rule.StandsAlone(memberLength);

    /// <summary>The present batch; a full one is emitted, and what it holds of an unfinished chunk carried into a new one.</summary>
    private ChunkBatch BatchWithRoom()
    {
        if (_batch is { } batch && _length < batch.Buffer.Length)
            return batch;
        var next = _rent();
        next.Clear();
        if (_batch is { } full)
        {
            Decide(full);
            next.StreamOffset = full.StreamOffset + _chunkStart;
            full.Buffer.AsSpan(_chunkStart, _length - _chunkStart).CopyTo(next.Buffer);
            for (var i = _chunkFirstSample; i < _sampleCount; i++)
                next.SampleBuffer[i - _chunkFirstSample] = full.SampleBuffer[i] with { Position = full.SampleBuffer[i].Position - _chunkStart };
            _emit(full);
        }
        else
        {
            next.StreamOffset = 0;
        }
        _sampleCount -= _chunkFirstSample;
        _length -= _chunkStart;
        _decided = _length;
        _chunkFirstSample = 0;
        _chunkStart = 0;
        return _batch = next;
    }

    /// <summary>Scans the batch's new bytes, and visits their samples and borders in order; at the same place, the sample first.</summary>
    /// <remarks>Called before the present member changes: it is what the bytes after the last border belong to.</remarks>
    private void Decide(ChunkBatch batch)
    {
        var sample = _sampleCount;
        _sampleCount += _scanner.Scan(batch.Buffer, _decided, _length, batch.SampleBuffer.AsSpan(_sampleCount));
        _decided = _length;
        for (var border = 0; border < _borderCount; border++)
        {
            var (position, alone, endsSmall) = _borders[border];
            sample = DecideSamples(batch, sample, position, endsSmall);
            var chunk = batch.Buffer.AsSpan(_chunkStart..position);
            if (!chunk.IsEmpty && (alone || _rule.EndsBetweenSmallMembers(chunk)))
                EndChunk(batch, position, sample);
        }
        DecideSamples(batch, sample, _length, IsSmall(_memberLength));
        _borderCount = 0;
    }

    /// <summary>Cuts at maxima and, outside of small members, at samples; returns the index of the first sample after the end.</summary>
    private int DecideSamples(ChunkBatch batch, int sample, int end, bool inSmallMember)
    {
        for (; sample < _sampleCount; sample++)
        {
            var (position, value) = batch.SampleBuffer[sample];
            if (position > end)
                break;
            CutAtMaximum(batch, position, sample);
            if (!inSmallMember && _rule.EndsAtSample(position - _chunkStart, value))
                EndChunk(batch, position, sample + 1);
        }
        CutAtMaximum(batch, end, sample);
        return sample;
    }

    private void CutAtMaximum(ChunkBatch batch, int end, int sample)
    {
        while (end - _chunkStart > _maximum)
            EndChunk(batch, _chunkStart + _maximum, sample);
    }

    private void EndChunk(ChunkBatch batch, int position, int nextSample)
    {
        Debug.Assert(position > _chunkStart, "A chunk has bytes");
        batch.Add(new ChunkSlice(_chunkStart, position - _chunkStart, _chunkFirstSample, nextSample - _chunkFirstSample));
        _chunkStart = position;
        _chunkFirstSample = nextSample;
    }

    private void ThrowIfFinished()
    {
        if (_finished)
            throw new InvalidOperationException("The stream has been finished");
    }

    /// <summary>A place between two members, or beside one.</summary>
    /// <param name="Position">Bytes from the start of the batch.</param>
    /// <param name="Alone">True if one of its neighbours shares no chunk: a cut.</param>
    /// <param name="EndsSmall">True if the bytes before it, from the border before, are a small member's.</param>
    private readonly record struct MemberBorder(int Position, bool Alone, bool EndsSmall);
}
