using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Server.Storage;

/// <summary>A repository in a local folder. Format: 1.</summary>
/// <param name="root">The repository's folder.</param>
/// <param name="disk">How files are touched.</param>
internal sealed class LocalDirectory(string root, Disk disk) : IFileStore
{
    private const string ConfigName = "config";
    private const string ReplicaName = "replica";
    private const string LocksFolder = "locks";
    private const string QuarantineFolder = "quarantine";
    private const string LockSuffix = ".session";
    private const string TemporarySuffix = ".tmp";

    /// <summary>Session ids are 16 random bytes: two never meet.</summary>
    private const int SessionBytes = 16;

    /// <summary>How often it is tried to have a session's lock that somebody else has, and the pause: half a second in all.</summary>
    private const int LockAttempts = 25;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    /// <summary>After so long every file system has a new name on the disk, asked or not: they write all 5 to 30 seconds.</summary>
    private static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(10);

    private readonly string root = Path.GetFullPath(root);
    private readonly ConcurrentDictionary<string, bool> durableFolders = new();
    private int temporaries;

    /// <inheritdoc/>
    public string Location => root;

    /// <inheritdoc/>
    public byte[]? ReadConfig()
    {
        if (File.Exists(root))
            throw new RepositoryException(ErrorCode.Usage, $"{root} is a file, not a repository");
        var path = Path.Combine(root, ConfigName);
        if (Directory.Exists(path))
            return null;
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // one that may not be read is no reason to say that there is none
        }
    }

    /// <inheritdoc/>
    public void CreateConfig(ReadOnlySpan<byte> config, Action keepKey, bool isReplica = false)
    {
        if (File.Exists(root))
            throw new RepositoryException(ErrorCode.Usage, $"{root} is a file, not a repository");
        if (Directory.Exists(root) && !IsAsGoodAsEmpty())
            throw new RepositoryException(ErrorCode.Usage, $"{root} is not empty");
        DurableFile.CreateFolder(root);
        CreateFolders();

        // Two who begin at the same time have both found nothing: the second must not replace the first one's config.
        using var creating = Lock(ConfigName);
        if (File.Exists(Path.Combine(root, ConfigName)))
            throw new RepositoryException(ErrorCode.Usage, $"{root} is not empty");
        keepKey();
        if (isReplica && !IsReplica)
            disk.CreateFile(Path.Combine(root, ReplicaName)).Dispose();
        else if (IsReplica && !isReplica)
            disk.Delete(Path.Combine(root, ReplicaName)); // left by one that was never made
        WriteConfig(config);
    }

    /// <inheritdoc/>
    public bool IsReplica => File.Exists(Path.Combine(root, ReplicaName));

    /// <inheritdoc/>
    public void ReplaceConfig(ReadOnlySpan<byte> config)
    {
        using var creating = Lock(ConfigName);
        var path = Path.Combine(root, ConfigName);
        if (File.Exists(path))
            disk.Rename(path, QuarantinePath(ConfigName));
        WriteConfig(config);
    }

    /// <inheritdoc/>
    public void Quarantine(FileKind kind, ObjectId id)
    {
        var (path, target) = (PathOf(kind, id), QuarantinePath(id.ToString()));
        disk.Rename(path, target);
        disk.SyncFolder(Path.GetDirectoryName(target)!);
        disk.SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <inheritdoc/>
    public void Forget(FileKind kind, ObjectId id)
    {
        using var file = File.OpenHandle(PathOf(kind, id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Libc.DropCached(file);
    }

    private void WriteConfig(ReadOnlySpan<byte> config)
    {
        var temporary = Path.Combine(root, ConfigName + TemporarySuffix);
        disk.Delete(temporary);
        using (var file = disk.CreateFile(temporary))
        {
            disk.Write(file, temporary, config, 0);
            disk.SyncFile(file, temporary);
        }

        disk.Rename(temporary, Path.Combine(root, ConfigName));
        disk.SyncFolder(root);
    }

    private string QuarantinePath(string name)
    {
        var folder = Path.Combine(root, QuarantineFolder);
        if (!Directory.Exists(folder))
        {
            disk.CreateFolder(folder);
            disk.SyncFolder(root);
        }

        var path = Path.Combine(folder, name);
        for (var number = 1; File.Exists(path); number++)
            path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}.{number}"));
        return path;
    }

    /// <inheritdoc/>
    public List<ObjectId> List(FileKind kind)
    {
        var ids = new List<ObjectId>();
        var folder = new DirectoryInfo(Path.Combine(root, kind.Folder()));
        if (!folder.Exists)
            return ids;

        // A folder that may not be read must not pass for an empty one.
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = kind == FileKind.Bundle,
            MaxRecursionDepth = 1,
            AttributesToSkip = 0,
            IgnoreInaccessible = false,
        };

        // Names as texts, short-lived as they are: code that enumerates ids would have to be compiled at every start.
        var found = new FileSystemEnumerable<string>(folder.FullName, (ref entry) => entry.FileName.ToString(), options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
        };
        foreach (var name in found)
        {
            if (ObjectId.TryParse(name, out var id))
                ids.Add(id);
        }

        return ids;
    }

    /// <inheritdoc/>
    public IStoredFile? TryOpen(FileKind kind, ObjectId id)
    {
        try
        {
            return new LocalFile(File.OpenHandle(PathOf(kind, id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), $"{kind.Word()} {id}");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public long? Length(FileKind kind, ObjectId id)
    {
        var file = new FileInfo(PathOf(kind, id));
        return file.Exists ? file.Length : null;
    }

    /// <inheritdoc/>
    /// <remarks>The change time, which nobody sets: giving a file another owner or mode counts as well.</remarks>
    public DateTime? Since(FileKind kind, ObjectId id) =>
        FileStamp.Of(PathOf(kind, id)) is { Exists: true } stamp ? DateTime.UnixEpoch.AddSeconds(stamp.Seconds).AddTicks(stamp.Nanoseconds / TimeSpan.NanosecondsPerTick) : null;

    /// <inheritdoc/>
    public IFileWriter Create(FileKind kind, ISessionLock session)
    {
        var number = Interlocked.Increment(ref temporaries);
        var temporary = Path.Combine(root, kind.Folder(), $".{session.Session}-{number}{TemporarySuffix}");
        return new LocalFileWriter(disk, temporary, id => PreparePath(kind, id));
    }

    /// <inheritdoc/>
    public void Delete(FileKind kind, ObjectId id) => disk.Delete(PathOf(kind, id));

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind) => disk.SyncFolder(Path.Combine(root, kind.Folder()));

    /// <inheritdoc/>
    public void MakeDurable(FileKind kind, IEnumerable<ObjectId> ids)
    {
        var lately = DateTime.UtcNow - SettledAfter;
        foreach (var folder in ids.Where(id => Since(kind, id) > lately).Select(id => Path.GetDirectoryName(PathOf(kind, id))!).Distinct())
            disk.SyncFolder(folder);
    }

    /// <inheritdoc/>
    public bool Move(FileKind from, FileKind to, ObjectId id)
    {
        var (source, target) = (PathOf(from, id), PreparePath(to, id));
        if (!File.Exists(source))
            return File.Exists(target);
        try
        {
            disk.Rename(source, target);
        }
        catch (FileNotFoundException)
        {
            return File.Exists(target); // somebody else was faster
        }

        disk.SyncFolder(Path.GetDirectoryName(target)!);
        disk.SyncFolder(Path.GetDirectoryName(source)!);
        return true;
    }

    /// <inheritdoc/>
    public ISessionLock OpenSession(string? asked = null)
    {
        // A copy may have left empty folders out, and someone who wants the index rebuilt may have deleted its own.
        if (CreateFolders())
            disk.SyncFolder(root);
        while (true)
        {
            var session = asked ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SessionBytes));
            var path = LockPath(session + LockSuffix);
            var file = Libc.OpenLockFile(path, create: true)!;

            // A sweep may have found the file between opening and locking it; then it is gone, and protects nobody. Who only looks whether
            // it is locked lets go at once.
            var isLocked = asked is null ? Libc.LockFile(file, wait: true) : TryLock(file);
            if (isLocked && File.Exists(path))
            {
                // What its process left unfinished when it died has the names that this one gives.
                if (asked is not null)
                    Temporaries().Where(temporary => SessionOf(temporary) == session).ToList().ForEach(disk.Delete);
                return new LocalSessionLock(session, file, path);
            }

            file.Dispose();
            asked = isLocked ? asked : null;
        }
    }

    private static bool TryLock(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        for (var attempt = 0; attempt < LockAttempts; attempt++)
        {
            if (Libc.LockFile(file, wait: false))
                return true;
            Thread.Sleep(BetweenAttempts);
        }

        return false;
    }

    /// <inheritdoc/>
    public void EndSession(string session)
    {
        var path = LockPath(session + LockSuffix);
        using var file = Libc.OpenLockFile(path, create: false);
        if (file is not null && Libc.LockFile(file, wait: false))
            disk.Delete(path);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> LiveSessions() => [.. Sessions().Where(session =>
    {
        using var file = Libc.OpenLockFile(LockPath(session + LockSuffix), create: false);
        return file is not null && (!Libc.LockFile(file, wait: false) || LocalSessionLock.IsKept(file));
    })];

    /// <inheritdoc/>
    public DateTime? OldestSession() => LiveSessions().Select(session => (DateTime?)File.GetCreationTimeUtc(LockPath(session + LockSuffix))).Min();

    /// <inheritdoc/>
    public void SweepDeadSessions()
    {
        var temporaries = Temporaries().ToLookup(SessionOf);
        foreach (var session in Sessions().Union(temporaries.Select(group => group.Key)).ToList())
        {
            var path = LockPath(session + LockSuffix);
            using var file = Libc.OpenLockFile(path, create: false);
            if (file is not null && !Libc.LockFile(file, wait: false))
                continue;
            foreach (var temporary in temporaries[session])
                disk.Delete(temporary);
            if (file is null || !LocalSessionLock.IsKept(file))
                disk.Delete(path);
        }
    }

    /// <inheritdoc/>
    public INamedLock Lock(string name) => Acquire(name, wait: true)!;

    /// <inheritdoc/>
    public INamedLock? TryLock(string name) => Acquire(name, wait: false);

    private bool CreateFolders()
    {
        var missing = FileKinds.All.Select(kind => kind.Folder()).Append(LocksFolder)
            .Select(name => Path.Combine(root, name))
            .Where(folder => !Directory.Exists(folder))
            .ToList();
        missing.ForEach(disk.CreateFolder);
        return missing.Count > 0;
    }

    // Empty folders, locks and a config that never got its name are what an attempt to make a repository leaves when it fails.
    private bool IsAsGoodAsEmpty()
    {
        string[] own = [LocksFolder, .. FileKinds.All.Select(kind => kind.Folder())];
        return Directory.EnumerateFileSystemEntries(root).All(path => Path.GetFileName(path) is var name
            && (name is ConfigName + TemporarySuffix or ReplicaName || own.Contains(name)
                && (name == LocksFolder || !Directory.EnumerateFileSystemEntries(path).Any())));
    }

    private LocalLock? Acquire(string name, bool wait)
    {
        var file = Libc.OpenLockFile(LockPath(name), create: true)!;
        if (Libc.LockFile(file, wait))
            return new LocalLock(file);
        file.Dispose();
        return null;
    }

    private IEnumerable<string> Temporaries() =>
        FileKinds.All.SelectMany(kind => Directory.EnumerateFiles(Path.Combine(root, kind.Folder()), ".*" + TemporarySuffix));

    private IEnumerable<string> Sessions() => Directory.EnumerateFiles(Path.Combine(root, LocksFolder), "*" + LockSuffix)
        .Select(path => Path.GetFileNameWithoutExtension(path));

    private string LockPath(string name) => Path.Combine(root, LocksFolder, name);

    private static string SessionOf(string temporary) => Path.GetFileName(temporary).TrimStart('.').Split('-')[0];

    private string PreparePath(FileKind kind, ObjectId id)
    {
        var path = PathOf(kind, id);
        var folder = Path.GetDirectoryName(path)!;

        // Another process may have made the folder and died before it was durable, so each process makes sure once, and again if the disk is another.
        var isTrash = kind is FileKind.UnusedBundle or FileKind.RemovedSnapshot;
        if ((kind == FileKind.Bundle || isTrash) && !(durableFolders.ContainsKey(folder) && Directory.Exists(folder)))
        {
            var parent = Path.GetDirectoryName(folder)!;
            if (isTrash)
            {
                // Each by itself, so that it belongs to the owner of the one around it.
                disk.CreateFolder(parent);
                disk.SyncFolder(root);
            }

            disk.CreateFolder(folder);
            disk.SyncFolder(parent);
            durableFolders.TryAdd(folder, true);
        }

        return path;
    }

    private string PathOf(FileKind kind, ObjectId id)
    {
        var name = id.ToString();
        return kind == FileKind.Bundle
            ? Path.Combine(root, kind.Folder(), name[..2], name)
            : Path.Combine(root, kind.Folder(), name);
    }
}
