using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StreamBack.Protocol;
using StreamBack.Server.Storage;

namespace StreamBack.Client.Spooling;

/// <summary>
/// A folder of streams that wait for a server. Each is a file <c>ID.stream</c>, which counts once <c>ID.json</c> is beside it; all are
/// for their owner only.
/// </summary>
/// <remarks>Threading: any number of processes put into it; one at a time takes out of it (<see cref="Lock"/>).</remarks>
internal sealed class SpoolFolder(string path)
{
    private const string StreamEnd = ".stream";
    private const string EntryEnd = ".json";
    private const int WouldBlock = 11; // errno, which .NET keeps in HResult on Linux

    /// <summary>A file that was made less long ago may be about to be locked by its put.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromMinutes(1);

    /// <summary>Its path, such as leads there from anywhere.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>A new id; ids sort by the time of their making.</summary>
    public static string NewId() => string.Create(
        CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd'T'HHmmssfff'Z'}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");

    /// <summary>Where the stream of an entry is.</summary>
    public string StreamPath(string id) => System.IO.Path.Combine(Path, id + StreamEnd);

    /// <summary>Makes the file of a new stream, and the folder if need be. It is locked until it is closed.</summary>
    /// <exception cref="IOException">Or <see cref="UnauthorizedAccessException"/>.</exception>
    public FileStream Create(string id)
    {
        DurableFile.CreateFolder(Path);
        Sweep();
        return new FileStream(StreamPath(id), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    /// <summary>Writes what is said of a stream, in place of what was; durable when this returns, with the stream's name.</summary>
    public void Write(SpoolEntry entry) =>
        DurableFile.Replace(EntryPath(entry.Id), JsonSerializer.SerializeToUtf8Bytes(entry, SpoolJson.Default.SpoolEntry));

    /// <summary>Takes an entry away.</summary>
    // What is left if this is cut short is a stream that does not count.
    public void Delete(string id)
    {
        File.Delete(EntryPath(id));
        File.Delete(StreamPath(id));
    }

    /// <summary>All entries, oldest first.</summary>
    /// <param name="damaged">Told of each that cannot be read.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.NotFound"/> if there is no such folder.</exception>
    public IReadOnlyList<SpoolEntry> Entries(Action<RepositoryException> damaged)
    {
        EnsureThere();
        var entries = new List<SpoolEntry>();
        foreach (var file in Directory.GetFiles(Path, "*" + EntryEnd).Order(StringComparer.Ordinal))
        {
            try
            {
                entries.Add(Read(file));
            }
            catch (RepositoryException error)
            {
                damaged(error);
            }
        }

        return entries;
    }

    /// <summary>Keeps others from taking out of it; dispose lets them.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Busy"/> if somebody is at it; <see cref="ErrorCode.NotFound"/>.</exception>
    public IDisposable Lock()
    {
        EnsureThere();
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, "lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            throw new RepositoryException(ErrorCode.Busy, $"Another flush works on {Path}", error);
        }
    }

    private void EnsureThere()
    {
        if (!Directory.Exists(Path))
            throw new RepositoryException(ErrorCode.NotFound, $"There is no spool at {Path}");
    }

    private static SpoolEntry Read(string file)
    {
        try
        {
            var entry = JsonSerializer.Deserialize(File.ReadAllBytes(file), SpoolJson.Default.SpoolEntry) ?? throw new JsonException("it is null");
            return entry.Version == SpoolEntry.CurrentVersion
                ? entry with { Id = System.IO.Path.GetFileNameWithoutExtension(file) }
                : throw new RepositoryException(ErrorCode.Unsupported, $"{file} has version {entry.Version}, and this build knows {SpoolEntry.CurrentVersion}");
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Corrupt, $"{file} is damaged: {error.Message}", error);
        }
    }

    // Of puts that were killed before all of their stream was there.
    private void Sweep()
    {
        foreach (var file in Directory.GetFiles(Path, "*" + StreamEnd))
        {
            if (IsEntry(file) || File.GetLastWriteTimeUtc(file) > DateTime.UtcNow - Unsettled)
                continue;
            try
            {
                // A put writes the entry before it lets its stream go: whether there is one is only sure from here on.
                using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (!IsEntry(file))
                    File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It is being written.
            }
        }
    }

    private static bool IsEntry(string stream) => File.Exists(System.IO.Path.ChangeExtension(stream, EntryEnd));

    private string EntryPath(string id) => System.IO.Path.Combine(Path, id + EntryEnd);
}
