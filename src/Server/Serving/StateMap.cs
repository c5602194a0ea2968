using System.Text.Json;
using System.Text.Json.Serialization;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Serving;

/// <summary>Texts by key in a file of the state folder, which all processes that share it see.</summary>
/// <remarks>
/// Threading: any. Where the folder cannot be written, they are remembered for as long as the process runs; so they are where the file
/// cannot be read, which is then left as it is.
/// </remarks>
internal sealed class StateMap
{
    /// <summary>Many thousands of entries; a larger file is something else.</summary>
    private const int MaxFileLength = 16 << 20;

    private readonly string path;
    private readonly Lock gate = new();
    private Dictionary<string, string> entries = [];
    private FileStamp seen;
    private bool unread; // what is in the file is not in entries

    /// <param name="stateFolder">Made, mode 0700, when there is something to remember.</param>
    /// <param name="name">The file's.</param>
    public StateMap(string stateFolder, string name) => path = Path.Combine(stateFolder, name);

    /// <summary>What is remembered now.</summary>
    public IReadOnlyDictionary<string, string> Read()
    {
        lock (gate)
            return new Dictionary<string, string>(Current());
    }

    /// <summary>Changes what is remembered.</summary>
    /// <param name="change">May be called twice.</param>
    public void Change(Action<Dictionary<string, string>> change)
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
                DurableFile.ReplaceForFolderOwner(path, JsonSerializer.SerializeToUtf8Bytes(new SortedDictionary<string, string>(entries, StringComparer.Ordinal), StateJson.Default.SortedDictionaryStringString));
                seen = FileStamp.Of(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                change(entries);
            }
        }
    }

    // A file that cannot be read says nothing.
    private Dictionary<string, string> Current()
    {
        try
        {
            var now = FileStamp.Of(path);
            if (now == seen)
                return entries;
            (seen, unread, entries) = (now, now.Length > 0, []);
            if (now.Length is > 0 and <= MaxFileLength && JsonSerializer.Deserialize(File.ReadAllBytes(path), StateJson.Default.SortedDictionaryStringString) is { } file)
                (entries, unread) = (new(file), false);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            unread = true;
        }

        return entries;
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class StateJson : JsonSerializerContext;
