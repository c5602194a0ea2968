namespace StreamBack.Server.Tests.Architecture;

/// <summary>Namespaces from the lowest up, of which each may use those below it.</summary>
/// <param name="root">What all of them begin with; one that is under it and not named is above all.</param>
/// <param name="names">Their last parts.</param>
internal sealed class Layers(string root, params string[] names)
{
    /// <summary>Uses that point upwards.</summary>
    public List<TypeUse> Violations(IEnumerable<TypeUse> uses) =>
        [.. uses.Where(use => Height(use.From) is { } from && Height(use.To) is { } to && from < to)];

    private int? Height(Type type)
    {
        if (type.Namespace?.StartsWith(root + ".", StringComparison.Ordinal) != true)
            return null;
        var height = Array.IndexOf(names, type.Namespace[(root.Length + 1)..].Split('.')[0]);
        return height < 0 ? names.Length : height;
    }
}
