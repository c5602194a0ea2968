using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>Where stored files are read that lie elsewhere, as they are: behind a server that does not open them.</summary>
/// <remarks>
/// Threading: any number of threads. Nothing that comes from it is trusted: whoever reads it authenticates what it says. Errors:
/// <see cref="RepositoryException"/>.
/// </remarks>
public interface IObjectSource
{
    /// <summary>How users name it, for messages.</summary>
    string Location { get; }

    /// <summary>The config's bytes.</summary>
    byte[] ReadConfig();

    /// <summary>All files of a kind, in no order.</summary>
    IReadOnlyList<StoredObject> List(ObjectKind kind);

    /// <summary>A file's length in bytes, or null if it is not there.</summary>
    long? Length(ObjectKind kind, ObjectId id);

    /// <summary>Fills <paramref name="destination"/>.</summary>
    /// <param name="offset">Of the first byte; all of them are within the file's length.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if the file is no longer there.</exception>
    void Read(ObjectKind kind, ObjectId id, long offset, Span<byte> destination);
}
