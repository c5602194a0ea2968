using System.Text.Json;

namespace StreamBack.Client.Tests.Harness;

/// <summary>What is to be known of an extracted tree, and what two of them differ in, in the words of <c>diff --json</c>.</summary>
internal static class TreeFacts
{
    // The facts of every path. Of folders and links no sizes.
    private const string Script = """
        cd DIR; find . -printf '%P\037%y\037%m\037%U/%G\037%T@\037%l\n' | while IFS=$'\037' read -r path type mode owner time link; do
          contents=$link; size=0
          case $type in f) contents=$(sha256sum < "$path"); size=$(stat -c %s "$path");; c) contents=$(stat -c %t,%T "$path");; l) mode=;; esac
          printf '%s\037%s\037%s\037%s\037%s\037%s\037%s\037%s\n' "$path" "$type" "$size" "$contents" "$mode" "$owner" "$time" "$(getfattr -dhm - -- "./$path" 2> /dev/null | grep -v '^#' | tr '\n' ' ')"
        done
        """;

    private static readonly string[] Fields = ["type", "size", "contents", "mode", "owner", "time", "attributes"];

    /// <summary>The facts of a tree, by path.</summary>
    /// <param name="home">Where it is.</param>
    /// <param name="tree">The folder, in the home.</param>
    public static async Task<Dictionary<string, string[]>> Of(Home home, string tree) => (await home.Shell(Script.Replace("DIR", tree, StringComparison.Ordinal))).Succeeded()
        .Lines.Select(line => line.Split('\x1f')).ToDictionary(line => line[0], line => line[1..]);

    /// <summary>What two trees differ in: a line for each path, sorted.</summary>
    public static string Changes(Dictionary<string, string[]> from, Dictionary<string, string[]> to) => Sorted(from.Keys.Union(to.Keys).Select(path =>
    {
        if (!from.TryGetValue(path, out var old))
            return $"added {path} ";
        if (!to.TryGetValue(path, out var now))
            return $"removed {path} ";
        var fields = Fields.Where((_, at) => old[at] != now[at]).ToArray();
        fields = fields is ["type", ..] ? ["type"] : fields;
        return fields.Length == 0 ? "" : $"{(fields[0] == "type" ? "type" : fields[0] is "size" or "contents" ? "contents" : "metadata")} {path} {string.Join(',', fields)}";
    }));

    /// <summary>What <c>diff --json</c> said, in the same form.</summary>
    public static string Told(IEnumerable<string> lines) => Sorted(lines.Select(line => JsonDocument.Parse(line).RootElement).Select(change =>
    {
        var member = change.TryGetProperty("to", out var to) ? to : change.GetProperty("from");
        var fields = change.TryGetProperty("fields", out var told) ? string.Join(',', told.EnumerateArray().Select(field => field.GetString())) : "";
        return $"{change.GetProperty("change").GetString()} {member.GetProperty("path").GetString()} {fields}";
    }));

    private static string Sorted(IEnumerable<string> lines) => string.Join('\n', lines.Where(line => line.Length > 0).OrderBy(line => line.Split(' ', 2)[1], StringComparer.Ordinal));
}
