using System.Globalization;
using System.Text;
using StreamBack.Protocol;

namespace StreamBack.Client.Connections;

/// <summary>How a put is asked for, as the query of its address.</summary>
internal static class PutQuery
{
    /// <summary>The query, with its question mark; empty if all is as usual.</summary>
    public static string Of(PutRequest request)
    {
        var query = new StringBuilder();
        void Add(string name, string value) => query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));

        foreach (var tag in request.Tags)
            Add("tag", tag);
        foreach (var word in request.Command ?? [])
            Add("command", word);
        if (request.Time is { } time)
            Add("time", time.ToString("O", CultureInfo.InvariantCulture));
        if (request.Raw)
            Add("raw", "1");
        if (request.DryRun)
            Add("dry-run", "1");
        if (request.AllowTruncated)
            Add("allow", "truncated");
        if (request.AllowEmpty)
            Add("allow", "empty");
        return query.ToString();
    }
}
