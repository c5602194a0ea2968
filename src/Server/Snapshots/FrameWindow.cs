using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using StreamBack.Protocol;
using StreamBack.Protocol.Chunking;
using StreamBack.Server.Crypto;
using StreamBack.Server.Dedup;

namespace StreamBack.Server.Snapshots;

/// <summary>
/// The chunks of a stored stream, in the frames in which they are where these may be passed on, and opened where not. It looks some way
/// ahead, to know how much of each frame is wanted.
/// </summary>
/// <param name="recipe">As <see cref="RecipeReader.Chunks"/> gives it.</param>
/// <param name="chunks">Opens chunks.</param>
/// <param name="passing">Decides.</param>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class FrameWindow(IEnumerable<(ChunkId Id, int Skip)> recipe, ChunkReader chunks, FramePassing passing)
{
    /// <summary>Bytes looked ahead: a frame of 1 MiB, and what else is woven in between.</summary>
    private const int MaxBytes = 8 << 20;

    /// <summary>Chunks looked ahead: the least members of a tar are some 8 KiB.</summary>
    private const int MaxChunks = 1024;

    private readonly Queue<Wanted> window = new();
    private readonly Dictionary<(ObjectId Bundle, int Frame), (WantedFrame Wanted, PassedFrame? Passed, bool Decided)> frames = [];
    private long bytes;
    private ExceptionDispatchInfo? failure; // of what comes after all that is in the window

    /// <summary>The chunks, each decided on when it is asked for. What cannot be found is told when its turn comes.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    public IEnumerable<ChunkInLine> Chunks()
    {
        using var wanted = recipe.GetEnumerator();
        while (TryWant(wanted))
        {
            while (bytes >= MaxBytes || window.Count >= MaxChunks)
                yield return Next();
        }

        while (window.Count > 0)
            yield return Next();
        failure?.Throw();
    }

    private bool TryWant(IEnumerator<(ChunkId Id, int Skip)> wanted)
    {
        try
        {
            if (!wanted.MoveNext())
                return false;
            Want(wanted.Current.Id, wanted.Current.Skip);
            return true;
        }
        catch (Exception error) when (error is RepositoryException or IOException)
        {
            failure = ExceptionDispatchInfo.Capture(error);
            return false;
        }
    }

    private void Want(ChunkId id, int skip)
    {
        var place = chunks.Find(id, ChunkClass.Content);
        bytes += place.ChunkLength;
        if (place.Base is not null)
        {
            window.Enqueue(new Wanted(id, place, skip, null, 0));
            return;
        }

        var bundle = passing.Bundle(place.Bundle);
        if (place.Entry >= bundle.Footer.Count)
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: has {bundle.Footer.Count} entries, the index names number {place.Entry}");
        var entry = bundle.Footer.Place(place.Entry);
        if (entry.Entry.Id != id || entry.Entry.Base is not null || entry.Entry.StoredLength != place.ChunkLength)
            throw new RepositoryException(ErrorCode.Corrupt, $"bundle {place.Bundle}: entry {place.Entry} is not what the index says");
        ref var frame = ref CollectionsMarshal.GetValueRefOrAddDefault(frames, (place.Bundle, entry.Frame), out _);
        (frame.Wanted ??= new WantedFrame(bundle, entry.Frame)).Add(place.Entry, entry.Entry.StoredLength);
        window.Enqueue(new Wanted(id, place, skip, entry.Frame, entry.Offset));
    }

    private ChunkInLine Next()
    {
        var next = window.Dequeue();
        bytes -= next.Place.ChunkLength;
        return Passed(next) is { } frame
            ? new ChunkInLine(next.Id, null, frame, next.Offset, next.Place.ChunkLength, next.Skip)
            : ChunkInLine.Opened(next.Id, next.Place, next.Skip, chunks);
    }

    private PassedFrame? Passed(Wanted next)
    {
        if (next.Frame is not { } number)
            return null;
        var key = (next.Place.Bundle, number);
        ref var frame = ref CollectionsMarshal.GetValueRefOrNullRef(frames, key);
        if (!frame.Decided)
            (frame.Passed, frame.Decided) = (passing.Decide(frame.Wanted), true);
        var passed = frame.Passed;
        if (--frame.Wanted.Pieces == 0)
            frames.Remove(key);
        return passed;
    }

    /// <param name="Id">The chunk.</param>
    /// <param name="Place">Where it is.</param>
    /// <param name="Skip">Of its bytes, how many are not wanted.</param>
    /// <param name="Frame">Number of its frame; null for a delta.</param>
    /// <param name="Offset">Where it begins in the opened frame.</param>
    private readonly record struct Wanted(ChunkId Id, ChunkPlace Place, int Skip, int? Frame, int Offset);
}
