using System.Globalization;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Catalogs;

/// <summary>The view of what is no tar: one file, <c>stream</c>, with the snapshot's length and time.</summary>
/// <param name="snapshot">Its facts.</param>
public sealed class StreamTree(SnapshotInfo snapshot) : ISnapshotTree
{
    /// <summary>Whoever may get the snapshot may read it; nobody writes.</summary>
    private const int Mode = 0b100_100_100;

    private readonly CatalogEntry file = new()
    {
        Path = "stream"u8.ToArray(),
        TarName = "stream"u8.ToArray(),
        Type = TarType.File,
        Mode = Mode,
        Modified = TarTime.Of(snapshot.Time),
        ContentHash = Hash(snapshot.Sha256),
        Place = new MemberPlace(HeaderOffset: 0, HeaderLength: 0, PayloadOffset: 0, snapshot.Length, Global: 0),
    };

    /// <inheritdoc/>
    public CatalogEntry? Find(byte[] path) =>
        path.Length == 0 ? new CatalogEntry { Path = [], IsFolder = true } : path.AsSpan().SequenceEqual(file.Path) ? file : null;

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> At(byte[] path) => path.AsSpan().SequenceEqual(file.Path) ? [file] : [];

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Folder(byte[] path, bool all) => path.Length == 0 ? [file] : [];

    /// <inheritdoc/>
    public IEnumerable<CatalogEntry> Below(byte[] path, bool all) => Folder(path, all);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // There is a better one than XXH3: as much of it as there is room for.
    private static ulong Hash(string? sha256) => sha256 is null ? 0 : ulong.Parse(sha256.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
