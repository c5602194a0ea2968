using System.Security.Cryptography;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>Other folders that are to hold what a repository holds, and how many must before a put is acknowledged. docs/design/replication.md, 4.</summary>
/// <param name="own">The repository's.</param>
/// <param name="stores">The folders.</param>
/// <param name="needed">How many must hold it, the repository's own counted.</param>
/// <param name="notice">Told of what is read from them, and of one that takes nothing: a line each, for whoever runs the server.</param>
internal sealed class CopySet(IFileStore own, IReadOnlyList<IFileStore> stores, int needed, Action<string> notice)
{
    /// <summary>The repository's own store, with what is wrong in it read from the others.</summary>
    public IFileStore Reading { get; } = new CopiedStore(own, stores, notice);

    /// <summary>The folders.</summary>
    public IReadOnlyList<IFileStore> Stores => stores;

    /// <summary>Tells which of them hold no copy, or cannot be read: a disk may be mounted later.</summary>
    public void TellAbsent()
    {
        foreach (var store in stores)
        {
            try
            {
                EnsureIsCopy(store);
            }
            catch (Exception error) when (IsExpected(error))
            {
                Tell(store, error);
            }
        }
    }

    /// <summary>Begins to bring a put to them.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if too few of them can be written.</exception>
    public Put Begin() => new(this);

    /// <summary>One put on its way to the folders.</summary>
    /// <remarks>Threading: one thread calls; each folder is written by one of its own.</remarks>
    public sealed class Put : IDisposable
    {
        /// <summary>Bytes that are read and written at once: a few hundred calls a second fill a disk.</summary>
        private const int BlockLength = 1 << 20;

        private readonly CopySet set;
        private readonly List<(IFileStore Store, ISessionLock Session)> active = [];
        private readonly HashSet<ObjectId> brought = [];

        internal Put(CopySet set)
        {
            this.set = set;
            foreach (var store in set.Stores)
                Try(store, () => active.Add((store, Open(store))));
            try
            {
                EnsureEnough();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>Brings bundles that are not there yet; durable there when this returns.</summary>
        /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if too few folders have them then.</exception>
        public void Bring(IReadOnlyCollection<ObjectId> bundles)
        {
            brought.UnionWith(bundles);
            Each((store, session) =>
            {
                foreach (var bundle in bundles)
                {
                    if (!IsThere(store, bundle))
                        Copy(bundle, store, session);
                }
            });
            EnsureEnough();
        }

        /// <summary>Brings the manifest, which is not in the repository yet: what is there others hold as well.</summary>
        /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if too few folders have it then.</exception>
        public void Appear(byte[] manifest)
        {
            Each((store, session) =>
            {
                using var held = store.Lock(PutCommit.CommitLock);

                store.MakeDurable(FileKind.Bundle, brought);

                // Somebody with the key may have pruned there meanwhile; this session keeps what was moved.
                if (brought.FirstOrDefault(bundle => !IsThere(store, bundle)) is var gone && gone != default)
                    throw new IOException($"bundle {gone} vanished there");

                using var file = store.Create(FileKind.Snapshot, session);
                file.Write(manifest);
                file.Commit();
            });
            EnsureEnough();
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (var (store, session) in active)
                Try(store, session.Dispose);
        }

        // From the trash it comes back.
        private static bool IsThere(IFileStore store, ObjectId bundle) => store.Length(FileKind.Bundle, bundle) is not null || store.Move(FileKind.UnusedBundle, FileKind.Bundle, bundle);

        private ISessionLock Open(IFileStore store)
        {
            set.EnsureIsCopy(store);
            return store.OpenSession();
        }

        private void Copy(ObjectId bundle, IFileStore store, ISessionLock session)
        {
            using var file = BundleReader.TryOpenFile(set.Own, bundle) ?? throw new IOException($"bundle {bundle} is not in the repository");
            using var copy = store.Create(FileKind.Bundle, session);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[BlockLength];
            for (long offset = 0; offset < file.Length; offset += block.Length)
            {
                var part = block.AsSpan(0, (int)Math.Min(block.Length, file.Length - offset));
                if (!file.TryRead(offset, part))
                    throw new IOException($"bundle {bundle} ends at {offset}");
                hash.AppendData(part);
                copy.Write(part);
            }

            if (new ObjectId(hash.GetCurrentHash()) != bundle)
                throw new IOException($"bundle {bundle} is damaged in the repository");
            copy.Commit();
        }

        private void Each(Action<IFileStore, ISessionLock> work)
        {
            var gone = active.AsParallel().WithDegreeOfParallelism(Math.Max(1, active.Count)).Where(one => !Try(one.Store, () => work(one.Store, one.Session))).ToList();
            foreach (var one in gone)
            {
                active.Remove(one);
                Try(one.Store, one.Session.Dispose);
            }
        }

        private bool Try(IFileStore store, Action work)
        {
            try
            {
                work();
                return true;
            }
            catch (Exception error) when (IsExpected(error))
            {
                lock (active)
                    set.Tell(store, error);
                return false;
            }
        }

        private void EnsureEnough()
        {
            if (active.Count + 1 < set.Needed)
                throw new RepositoryException(ErrorCode.Failed, $"Only {active.Count + 1} of the {set.Needed} copies that are asked for can be written; nothing was kept, and the log of whoever runs the server says why");
        }
    }

    private IFileStore Own => own;

    private int Needed => needed;

    private static bool IsExpected(Exception error) => error is IOException or UnauthorizedAccessException or RepositoryException;

    private void EnsureIsCopy(IFileStore store)
    {
        if (store.ReadConfig() is not { } config || !config.AsSpan().SequenceEqual(own.ReadConfig()))
            throw new IOException("it holds no copy of this repository: streamback replicate makes one");
    }

    private void Tell(IFileStore store, Exception error) => notice($"{store.Location} takes nothing: {error.Message}");
}
