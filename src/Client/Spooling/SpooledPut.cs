using StreamBack.Client.Connections;
using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>A put whose stream is kept in a spool if the server is away, before it or in the middle of it.</summary>
/// <param name="folder">The spool.</param>
/// <param name="location">Where the stream is to go.</param>
/// <param name="request">What to put.</param>
/// <param name="notice">Told what a user should know: a line each.</param>
internal sealed class SpooledPut(SpoolFolder folder, Location location, PutRequest request, Action<string> notice)
{
    private ConnectionLostException? lost;

    /// <summary>The spool.</summary>
    public SpoolFolder Folder => folder;

    /// <summary>Opens the repository; null if it is away.</summary>
    public IRepositoryService? Open(Func<IRepositoryService> open)
    {
        try
        {
            return open();
        }
        catch (ConnectionLostException error)
        {
            lost = error;
            return null;
        }
    }

    /// <summary>Puts, or keeps the stream.</summary>
    /// <param name="repository">From <see cref="Open"/>.</param>
    /// <exception cref="SpooledException">The stream is in the spool, durable.</exception>
    /// <exception cref="RepositoryException">It is nowhere.</exception>
    public SnapshotInfo Run(IRepositoryService? repository, IStreamSource source, TransferProgress progress, CancellationToken cancellation)
    {
        var (began, id) = (DateTime.UtcNow, SpoolFolder.NewId());
        using var tee = new SpoolTee(source, folder, id, request.Raw, notice);
        try
        {
            if (repository is not null)
                return repository.Put(request, tee, progress, cancellation);
        }
        catch (ConnectionLostException error)
        {
            lost = error;
        }

        var lostAt = DateTime.UtcNow;
        try
        {
            tee.Drain(progress, cancellation);
            PutMarks.Judge(request, tee.Judge(), _ => { }); // what it says is told when it is delivered
            var entry = Describe(tee, id, began, lostAt);
            tee.Keep(entry);
            throw new SpooledException(
                entry, $"{lost!.Message}; {request.Name}, {Sizes.Bytes(entry.Length)}, is safe in {folder.Path}: streamback spool flush {folder.Path} delivers it", lost);
        }
        catch (RepositoryException error) when (error.Code is ErrorCode.Full or ErrorCode.Failed)
        {
            throw new RepositoryException(error.Code, $"{lost!.Message}. {error.Message}. Nothing was kept", error);
        }
    }

    private SpoolEntry Describe(SpoolTee tee, string id, DateTime began, DateTime lostAt) => new()
    {
        Id = id,
        Version = SpoolEntry.CurrentVersion,
        Name = request.Name.ToString(),
        Location = location.Settings.Name ?? location.ToString()!,
        Taken = request.Time ?? began,
        Length = tee.Length,
        Sha256 = tee.Sha256(),
        Tags = request.Tags,
        Command = request.Command,
        Raw = request.Raw,
        AllowTruncated = request.AllowTruncated,
        AllowEmpty = request.AllowEmpty,
        Attempts = tee.WasSentWhole ? [new SpoolAttempt(began, lostAt)] : [],
    };
}
