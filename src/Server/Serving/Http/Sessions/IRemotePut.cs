using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http.Sessions;

/// <summary>A put that comes in several requests.</summary>
/// <remarks>Threading: one request at a time.</remarks>
internal interface IRemotePut : IDisposable
{
    /// <summary>Who began it.</summary>
    string Owner { get; }

    /// <summary>The name that the snapshot gets.</summary>
    string Name { get; }

    /// <summary>When it was begun, by the server's clock.</summary>
    DateTime Began { get; }

    /// <summary>What a user should know: a line each.</summary>
    IReadOnlyCollection<string> Notices { get; }

    /// <summary>What one must be allowed for it.</summary>
    Capabilities Needs { get; }

    /// <summary>Batches that are here.</summary>
    long Batches { get; }

    /// <summary>Of those, how many a restart does not undo.</summary>
    long Durable { get; }

    /// <summary>Number of the batch that comes next: those that are here, and those that were asked for.</summary>
    long Next { get; }

    /// <summary>Told with each request what its owner may do now, which may have become less: it tells of nothing else from here on.</summary>
    void Heed(Access access);

    /// <summary>Takes a record, and gives its buffer back.</summary>
    /// <param name="missing">Gets a bit for each chunk that is asked for.</param>
    void Take(Record record, BitList missing);

    /// <summary>Forgets what was asked for and has not come.</summary>
    void Rewind();

    /// <summary>Ends the stream and makes the snapshot; if it was made before, gives the same.</summary>
    SnapshotInfo Commit(SessionEnd end);

    /// <summary>Ends it for good, without a snapshot.</summary>
    void Abandon();
}
