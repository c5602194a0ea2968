namespace StreamBack.Protocol.Catalogs;

/// <summary>Where a catalog begins to be read.</summary>
/// <param name="Entries">Entries of all leaves.</param>
/// <param name="Base">Of the root node.</param>
/// <param name="NodeLength">Bytes of the root node, which stands before the trailer; 0 if there is none.</param>
internal readonly record struct CatalogRoot(long Entries, NodeBase Base, long NodeLength);
