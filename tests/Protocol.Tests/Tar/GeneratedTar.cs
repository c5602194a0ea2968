using System.Text;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>A member as it is written, and as a scan must tell of it. Texts are Latin-1.</summary>
internal sealed record GeneratedMember(string Name, char Type, string LinkName, string Content)
{
    /// <summary>The size that a sparse member is said to have.</summary>
    public long? SparseSize { get; init; }

    /// <summary>Whether its header is older than ustar.</summary>
    public bool IsV7 { get; init; }

    /// <summary>Appends it, in its dialect.</summary>
    public required Action<TarBuilder> Write { get; init; }
}

/// <summary>A stream of one tar or several in a row, and what is in it.</summary>
/// <param name="Members">By archive; at least one archive, and at least one member in each.</param>
internal sealed record GeneratedTar(byte[] Bytes, IReadOnlyList<IReadOnlyList<GeneratedMember>> Members)
{
    /// <summary>Whether a global PAX header comes before members of the oldest kind, which have no users' names: of these GNU tar shows none from there either.</summary>
    public bool NamesUsersOfV7 => Encoding.Latin1.GetString(Bytes).Contains(" uname=", StringComparison.Ordinal) && Members.Any(archive => archive.Any(member => member.IsV7));

    /// <summary>The stream of these archives, each with its end blocks (two or more), and other bytes after them.</summary>
    public static GeneratedTar Of(IEnumerable<(GeneratedMember[] Members, int EndBlocks)> archives, string tail)
    {
        var tar = new TarBuilder();
        foreach ((GeneratedMember[] members, int endBlocks) in archives)
        {
            foreach (GeneratedMember member in members)
                member.Write(tar);
            tar.End(endBlocks);
        }

        return new GeneratedTar(
            tar.Raw(Encoding.Latin1.GetBytes(tail)).ToArray(), [.. archives.Select(archive => archive.Members)]);
    }

    // What a failed property shows.
    public override string ToString()
        => $"{Bytes.Length} bytes: " + string.Join(" | ", Members.Select(archive =>
            string.Join(", ", archive.Select(member => $"{member.Type} \"{member.Name}\" {member.Content.Length}"))));
}
