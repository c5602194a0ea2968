using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Catalogs;

/// <summary>The catalog of a tar, and what it was made of.</summary>
internal sealed class BuiltCatalog : ICatalogBytes
{
    private readonly List<byte> header = [];
    private readonly List<byte> payload = [];

    /// <summary>The catalog's bytes.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Bytes read of it.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The tar's header stream.</summary>
    public byte[] HeaderStream => [.. header];

    /// <summary>The tar's payload stream.</summary>
    public byte[] PayloadStream => [.. payload];

    /// <summary>Reads it.</summary>
    public CatalogReader Reader => new(this);

    /// <summary>All its entries.</summary>
    public List<CatalogEntry> All => [.. Reader.From([])];

    long ICatalogBytes.Length => Bytes.Length;

    /// <summary>Makes the catalog of a tar.</summary>
    public static BuiltCatalog Of(byte[] tar, int maxSortedBytes = CatalogBuilder.MaxSortedBytes)
    {
        var built = new BuiltCatalog();
        using var builder = new CatalogBuilder(() => new MemorySpill(), maxSortedBytes);
        var scanner = new TarScanner(new Tee(builder, built));
        scanner.Scan(tar);
        scanner.Finish();
        var bytes = new List<byte>();
        builder.Finish(more => bytes.AddRange(more));
        built.Bytes = [.. bytes];
        return built;
    }

    void ICatalogBytes.Read(long offset, Span<byte> target)
    {
        BytesRead += target.Length;
        Bytes.AsSpan((int)offset, target.Length).CopyTo(target);
    }

    private sealed class Tee(CatalogBuilder builder, BuiltCatalog built) : ITarSink
    {
        public void Header(ReadOnlySpan<byte> bytes)
        {
            built.header.AddRange(bytes);
            builder.Header(bytes);
        }

        public void Payload(ReadOnlySpan<byte> bytes)
        {
            built.payload.AddRange(bytes);
            builder.Payload(bytes);
        }

        public void MemberHeaders() => builder.MemberHeaders();

        public void GlobalHeader() => builder.GlobalHeader();

        public void MemberBegin(in TarMember member) => builder.MemberBegin(member);

        public void MemberEnd() => builder.MemberEnd();
    }
}
