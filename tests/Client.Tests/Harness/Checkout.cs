namespace StreamBack.Client.Tests.Harness;

/// <summary>The sources that these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>The folder of <c>StreamBack.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path in it.</summary>
    public static string At(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "StreamBack.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No StreamBack.sln above {AppContext.BaseDirectory}");
        return folder;
    }
}
