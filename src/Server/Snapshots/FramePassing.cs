using StreamBack.Protocol;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Snapshots;

/// <summary>Decides which frames a reader gets as they are stored, and takes apart itself.</summary>
/// <param name="bundles">Where frames are.</param>
/// <param name="everything">Whether the reader may read every snapshot: then a frame may hold chunks of others as well.</param>
/// <param name="isThere">Whether the reader has a frame already.</param>
internal sealed class FramePassing(FrameCache bundles, bool everything, Func<(ObjectId Bundle, int Frame), bool> isThere)
{
    /// <summary>The bundle that a chunk is in.</summary>
    public BundleReader Bundle(ObjectId id) => bundles.Bundle(id);

    /// <summary>Decides on a frame, and has it read if it is to be passed on.</summary>
    /// <returns>Null if its chunks are to be opened here.</returns>
    public PassedFrame? Decide(WantedFrame wanted)
    {
        var frame = new PassedFrame(wanted.Bundle, wanted.Number);
        if (isThere(frame.Key))
            return frame;
        var record = wanted.Bundle.Footer.Frames[wanted.Number];
        if ((!everything && wanted.Entries < record.Entries) || record.SealedLength > wanted.Bytes)
            return null;
        frame.Prepare();
        return frame;
    }
}
