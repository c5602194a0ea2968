using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>Where stored files are sent, as they are: another copy of a repository.</summary>
/// <remarks>Threading: any number of threads. Errors: <see cref="RepositoryException"/>. What it lists is not given back before it is disposed.</remarks>
public interface IObjectTarget : IObjectSource, IDisposable
{
    /// <summary>Whether it has no key: then it looks at nothing but names, and is told what it no longer needs.</summary>
    bool IsKeyless { get; }

    /// <summary>Whether one may have anything removed there.</summary>
    bool MayRemove => true;

    /// <summary>Sends a file. Durable there when this returns.</summary>
    /// <param name="body">Of <paramref name="length"/> bytes; not closed.</param>
    /// <returns>False if it was there already.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if the bytes are not what the name says; nothing is kept then.</exception>
    bool Put(ObjectKind kind, ObjectId id, long length, Stream body, CancellationToken cancellation);

    /// <summary>Has a file go to the trash there; an index file goes at once. Nothing happens if it is not there.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Denied"/> if a snapshot was not removed, as far as it is known there.</exception>
    void Remove(ObjectKind kind, ObjectId id);

    /// <summary>Has it give back what has rested long enough.</summary>
    /// <returns>Bytes.</returns>
    long Prune(CancellationToken cancellation);
}
