using System.Text.Json;
using System.Text.Json.Serialization;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>
/// The snapshots whose stream was found wrong once, in the state folder: nobody gets them again as if nothing had been, whichever
/// process is asked.
/// </summary>
/// <remarks>
/// Threading: any. Where the folder cannot be written, they are remembered for as long as the process runs; so they are where the file
/// cannot be read, which is then left as it is.
/// </remarks>
public sealed class DamagedSnapshots
{
    /// <summary>Many thousands of snapshots; a larger file is something else.</summary>
    private const long MaxFileLength = 16 << 20;

    private readonly string path;
    private readonly Lock gate = new();
    private Dictionary<string, string> messages = [];
    private FileStamp seen;
    private bool unread; // what is in the file is not in messages

    /// <param name="stateFolder">Made, mode 0700, when there is something to remember.</param>
    public DamagedSnapshots(string stateFolder) => path = Path.Combine(stateFolder, "damaged.json");

    /// <summary>The ids, 64 hex digits each.</summary>
    public IReadOnlyCollection<string> Ids
    {
        get
        {
            lock (gate)
                return [.. Current().Keys];
        }
    }

    /// <summary>What was found in a snapshot; null if nothing.</summary>
    public string? Find(string id)
    {
        lock (gate)
            return Current().GetValueOrDefault(id);
    }

    /// <summary>Remembers what was found.</summary>
    public void Add(string id, string message) => Change(all => all[id] = message);

    /// <summary>Forgets snapshots that were got whole since, or verified.</summary>
    public void Forget(IReadOnlyCollection<string> ids)
    {
        lock (gate)
        {
            if (!ids.Any(Current().ContainsKey))
                return;
        }

        Change(all =>
        {
            foreach (var id in ids)
                all.Remove(id);
        });
    }

    private void Change(Action<Dictionary<string, string>> change)
    {
        lock (gate)
        {
            try
            {
                DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
                using var held = Libc.OpenLockFile(path + ".lock", create: true)!;
                Libc.LockFile(held, wait: true);
                change(Current());
                if (unread)
                    return;
                DurableFile.ReplaceForFolderOwner(path, JsonSerializer.SerializeToUtf8Bytes(new DamagedFile(messages), DamagedJson.Default.DamagedFile));
                seen = FileStamp.Of(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                change(messages);
            }
        }
    }

    // A file that cannot be read says nothing; what it said is found again by who reads the damage again.
    private Dictionary<string, string> Current()
    {
        try
        {
            var now = FileStamp.Of(path);
            if (now == seen)
                return messages;
            (seen, unread, messages) = (now, now.Length > 0, []);
            if (now.Length is > 0 and <= MaxFileLength && JsonSerializer.Deserialize(File.ReadAllBytes(path), DamagedJson.Default.DamagedFile) is { } file)
                (messages, unread) = (new(file.Snapshots), false);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            unread = true;
        }

        return messages;
    }
}

/// <summary>The file <c>damaged.json</c>: id to what was found.</summary>
internal sealed record DamagedFile(IReadOnlyDictionary<string, string> Snapshots);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DamagedFile))]
internal sealed partial class DamagedJson : JsonSerializerContext;
