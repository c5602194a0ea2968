namespace StreamBack.Server.Crypto;

/// <summary>What a sealed part is; bound into its associated data, so that no part passes for another. Format: 3.</summary>
internal enum SealedKind : byte
{
    ContentFrame = 1,
    StructureFrame = 2,
    BundleFooter = 3,
    IndexPage = 4,
    IndexFilter = 5,
    IndexDirectory = 6,
    ManifestStructure = 7,
    ManifestContent = 8,
    Label = 9,
    Removal = 10,
}
