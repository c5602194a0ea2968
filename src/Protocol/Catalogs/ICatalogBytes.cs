namespace StreamBack.Protocol.Catalogs;

/// <summary>The bytes of a catalog, read here and there.</summary>
/// <remarks>Threading: as the implementation says.</remarks>
public interface ICatalogBytes
{
    /// <summary>Bytes of all of it.</summary>
    long Length { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">Where they begin; all that are wanted are there.</param>
    /// <param name="target">Is filled.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> or <see cref="ErrorCode.Denied"/>.</exception>
    void Read(long offset, Span<byte> target);
}
