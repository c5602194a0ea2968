using StreamBack.Protocol;
using StreamBack.Server.Bundles;

namespace StreamBack.Server.Snapshots;

/// <summary>A frame that is passed on as it is stored, but for its encryption; read ahead of time by any free core.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class PassedFrame(BundleReader bundle, int number)
{
    private Task<FramePayload>? reading;

    /// <summary>What tells it from all others.</summary>
    public (ObjectId Bundle, int Frame) Key => (bundle.Id, number);

    /// <summary>Bytes once opened.</summary>
    public int PlainLength => bundle.Footer.Frames[number].PlainLength;

    /// <summary>Begins to read it.</summary>
    public void Prepare() => reading ??= Task.Run(() => bundle.ReadPayload(number));

    /// <summary>Waits until it is read, and tells whether it is sound; one that the reader has already is.</summary>
    public bool IsSound()
    {
        try
        {
            reading?.GetAwaiter().GetResult();
            return true;
        }
        catch (Exception error) when (error is IOException or RepositoryException { Code: ErrorCode.Corrupt or ErrorCode.Unsupported })
        {
            return false;
        }
    }

    /// <summary>What is to be passed on; to be disposed.</summary>
    /// <exception cref="RepositoryException">As <see cref="BundleReader.ReadFrame"/>.</exception>
    public FramePayload Take()
    {
        // What pushed it out of the reader's slots may bring it back later.
        var payload = reading?.GetAwaiter().GetResult() ?? bundle.ReadPayload(number);
        reading = null;
        return payload;
    }
}
