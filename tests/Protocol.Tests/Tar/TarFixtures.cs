namespace StreamBack.Protocol.Tests.Tar;

/// <summary>
/// Tars made by GNU tar and bsdtar from one tree that has everything: long and odd names, links, a fifo and (as root)
/// devices, sparse files, times before 1970; and from files with attributes. Owns a temporary folder.
/// </summary>
public sealed class TarFixtures : IDisposable
{
    public TarFixtures() => TarTools.Script(Folder, TarRecipes.Tree);

    /// <summary>Every fixture that is one whole archive.</summary>
    public static TheoryData<string> Names => [.. TarRecipes.Whole.Keys];

    /// <summary>Those without sparse members: their payloads are the files.</summary>
    public static TheoryData<string> PlainNames
        => [.. TarRecipes.Whole.Keys.Where(name => !name.Contains("sparse", StringComparison.Ordinal))];

    /// <summary>Where the tars are, beside what they were made from.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("tar-fixtures-").FullName;

    /// <summary>A fixture's file, made when first asked for, and shown to hold what it is for.</summary>
    public string PathOf(string name)
    {
        string file = Path.Combine(Folder, name + ".tar");
        if (!File.Exists(file))
        {
            TarRecipe recipe = TarRecipes.Whole[name];
            TarTools.Script(Folder, $"OUT={file}\n{recipe.Make}\n{TarRecipes.Proofs}\n{recipe.Proof}");
        }

        return file;
    }

    /// <summary>A fixture's bytes.</summary>
    public byte[] Get(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>The files of one archive in three volumes: of <c>tree/large</c>, which is in all of them, and <c>tree/hello</c>.</summary>
    public string[] MakeVolumes()
    {
        string[] files = [.. Enumerable.Range(1, 3).Select(number => Path.Combine(Folder, $"volume{number}.tar"))];
        string volumes = string.Join(" -f ", files);
        TarTools.Script(Folder, $"rm -f {string.Join(' ', files)}; tar --format=gnu -c -M -L 30 -f {volumes} tree/large tree/hello");
        return files;
    }

    // By a tool: names that are no UTF-8 are beyond .NET.
    public void Dispose() => TarTools.Script(Path.GetTempPath(), $"rm -r {Folder}");
}
