using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Maintenance;

/// <summary>Verifies a repository without its key: that every file is what its name says. What is missing nobody sees.</summary>
internal static class KeylessCheck
{
    /// <summary>Runs the check.</summary>
    /// <param name="verified">Which bundles' bytes are next, and which have been verified.</param>
    /// <param name="request">How far it goes.</param>
    /// <param name="progress">Told how many bytes will be read, and have been.</param>
    public static CheckReport Run(IFileStore store, VerifiedBundles verified, CheckRequest request, TransferProgress progress, CancellationToken cancellation)
    {
        using var session = ReadingSession.TryOpen(store);
        var damage = new Damage();
        var files = new FileCheck(store, verified, damage, progress, cancellation);
        files.Guard("config", () => RepositoryConfig.Read(store.ReadConfig() ?? throw new RepositoryException(ErrorCode.Corrupt, "config: is missing")));
        var bundles = store.List(FileKind.Bundle);
        var chosen = request.ReadData ? files.Choose(bundles, request.Part) : [];
        progress.Total = files.SmallBytes + chosen.Sum(id => store.Length(FileKind.Bundle, id) ?? 0);
        files.CheckSmall();
        var read = files.ReadBundles(bundles, chosen, request, _ => true);
        return new CheckReport(store.List(FileKind.Snapshot).Count, bundles.Count, 0, files.BytesRead, DataVerified: false, damage.Report(), read);
    }
}
