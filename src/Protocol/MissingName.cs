namespace StreamBack.Protocol;

/// <summary>What is said of a name that no snapshot has.</summary>
public static class MissingName
{
    /// <summary>The error.</summary>
    /// <param name="name">As it was asked for; with a slash at its end all below it.</param>
    /// <param name="names">Those that there are, to tell of some below it.</param>
    public static RepositoryException Error(string name, IEnumerable<string> names) => new(
        ErrorCode.NotFound,
        name.EndsWith('/')
            ? $"No snapshot has a name below '{name}'"
            : $"No snapshot has the name '{name}'{(names.Any(other => other.StartsWith($"{name}/", StringComparison.Ordinal)) ? $"; '{name}/' means those below it" : "")}");
}
