using System.Globalization;
using System.Text;
using System.Xml;
using StreamBack.Server.Serving.Views;

namespace StreamBack.Server.Serving.Http.Dav;

/// <summary>The properties of nodes as WebDAV has them (RFC 4918, 15).</summary>
internal static class DavProperties
{
    /// <summary>WebDAV's own.</summary>
    public const string Namespace = "DAV:";

    /// <summary>mod_dav's, in which clients that mount look whether a file is a program.</summary>
    private const string Apache = "http://apache.org/dav/props/";

    /// <summary>How each is written; what gives null is not there.</summary>
    private static readonly Dictionary<XmlQualifiedName, Func<ViewNode, string?>> Texts = new()
    {
        [new("displayname", Namespace)] = node => Legible(node.Name),
        [new("getcontentlength", Namespace)] = node => node.IsFolder ? null : node.Size.ToString(CultureInfo.InvariantCulture),
        [new("getcontenttype", Namespace)] = node => node.IsFolder ? null : "application/octet-stream",
        [new("getetag", Namespace)] = node => node.IsFolder ? null : MemberRoute.Tag(node.Snapshot!, node.Path).ToString(),
        [new("getlastmodified", Namespace)] = node => node.Modified?.ToString("R", CultureInfo.InvariantCulture),
        [new("executable", Apache)] = node => node.IsFolder ? null : node.IsExecutable ? "T" : "F",
    };

    private static readonly XmlQualifiedName ResourceType = new("resourcetype", Namespace);

    /// <summary>All that a node may have.</summary>
    private static readonly XmlQualifiedName[] All = [ResourceType, .. Texts.Keys];

    /// <summary>Writes those that are asked for, and which of these are not there.</summary>
    /// <param name="writer">Inside a response.</param>
    /// <param name="node">Whose.</param>
    /// <param name="request">What is asked for.</param>
    public static void Write(XmlWriter writer, ViewNode node, DavRequest request)
    {
        var asked = request.Properties ?? All;
        var there = asked.Where(name => Has(node, name)).ToList();
        if (there.Count > 0 || asked.Count == 0) // a response says something
            WriteStatus(writer, "HTTP/1.1 200 OK", there, name => WriteValue(writer, node, name, request.NamesOnly));
        if (request.Properties is not null && there.Count < asked.Count)
            WriteStatus(writer, "HTTP/1.1 404 Not Found", asked.Except(there), _ => { });
    }

    private static bool Has(ViewNode node, XmlQualifiedName name) => name == ResourceType || (Texts.TryGetValue(name, out var text) && text(node) is not null);

    private static void WriteStatus(XmlWriter writer, string status, IEnumerable<XmlQualifiedName> names, Action<XmlQualifiedName> value)
    {
        writer.WriteStartElement("propstat", Namespace);
        writer.WriteStartElement("prop", Namespace);
        foreach (var name in names)
        {
            writer.WriteStartElement(name.Name, name.Namespace);
            value(name);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
        writer.WriteElementString("status", Namespace, status);
        writer.WriteEndElement();
    }

    private static void WriteValue(XmlWriter writer, ViewNode node, XmlQualifiedName name, bool namesOnly)
    {
        if (namesOnly)
            return;
        if (name != ResourceType)
            writer.WriteString(Texts[name](node));
        else if (node.IsFolder)
            writer.WriteElementString("collection", Namespace, "");
    }

    // XML has no way to write most control characters.
    private static string Legible(byte[] name)
    {
        var text = new StringBuilder();
        foreach (var rune in Encoding.UTF8.GetString(name).EnumerateRunes())
            text.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\ufffd" : rune.ToString());
        return text.ToString();
    }
}
