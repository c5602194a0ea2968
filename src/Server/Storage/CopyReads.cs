using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>Reads a stored file by the first copy of it that is right.</summary>
internal static class CopyReads
{
    /// <summary>Reads.</summary>
    /// <param name="file">The store's own; null if it is not there. Closed here, as the others.</param>
    /// <param name="read">Refuses what is damaged.</param>
    /// <returns>The default if no store has the file.</returns>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> of the first, if none is right.</exception>
    public static T? First<T>(IFileStore store, FileKind kind, ObjectId id, IStoredFile? file, Func<IStoredFile, T> read)
    {
        RepositoryException? first = null;
        using (file)
        {
            try
            {
                if (file is not null)
                    return read(file);
            }
            catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
            {
                first = error;
            }
        }

        foreach (var copy in store.OpenCopies(kind, id))
        {
            using (copy)
            {
                try
                {
                    return read(copy);
                }
                catch (RepositoryException error) when (error.Code == ErrorCode.Corrupt)
                {
                    first ??= error;
                }
            }
        }

        return first is null ? default : throw first;
    }
}
