using System.Xml;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Http.Dav;

/// <summary>What a PROPFIND asks for (RFC 4918, 9.1 and 14.20).</summary>
/// <param name="Properties">The properties, by name; null for all that there are.</param>
/// <param name="NamesOnly">Whether only their names are wanted.</param>
internal sealed record DavRequest(IReadOnlyList<XmlQualifiedName>? Properties, bool NamesOnly)
{
    /// <summary>Bytes of the body: clients send some hundreds.</summary>
    private const int MaxBytes = 64 << 10;

    /// <summary>Elements within each other: there are three in a request.</summary>
    private const int MaxDepth = 16;

    /// <summary>Letters of the properties' names: those that are not known are answered for every member.</summary>
    private const int MaxNames = 4 << 10;

    /// <summary>Reads the body; without one, all properties are asked for.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>; <see cref="ErrorCode.Incomplete"/> if it does not come in time.</exception>
    public static async Task<DavRequest> Read(ApiCall call)
    {
        var body = new byte[MaxBytes];
        var length = await SmallBody.Read(call, body).ConfigureAwait(false);
        try
        {
            return length == 0 ? new DavRequest(null, NamesOnly: false) : Parse(new MemoryStream(body, 0, length));
        }
        catch (XmlException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"The body is not the XML that this takes: {error.Message}", error);
        }
    }

    /// <summary>Reads the XML.</summary>
    /// <exception cref="XmlException"/>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    internal static DavRequest Parse(Stream body)
    {
        // No document type, so no entities, and nothing is ever fetched.
        using var reader = XmlReader.Create(body, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        reader.MoveToContent();
        if (reader.LocalName != "propfind" || reader.NamespaceURI != DavProperties.Namespace)
            throw Wrong();
        List<XmlQualifiedName>? properties = null;
        var (namesOnly, inProperties) = (false, false);
        while (reader.Read())
        {
            if (reader.Depth > MaxDepth)
                throw Wrong();
            if (reader.NodeType == XmlNodeType.Element && reader.Depth == 1)
            {
                inProperties = IsDav(reader, "prop");
                properties = inProperties ? properties ?? [] : properties;
                namesOnly |= IsDav(reader, "propname");
            }
            else if (reader.NodeType == XmlNodeType.Element && reader.Depth == 2 && inProperties)
            {
                properties!.Add(new XmlQualifiedName(reader.LocalName, reader.NamespaceURI));
            }
        }

        return properties?.Sum(name => name.Name.Length + name.Namespace.Length) > MaxNames ? throw Wrong() : new DavRequest(properties?.Distinct().ToList(), namesOnly);
    }

    private static bool IsDav(XmlReader reader, string name) => reader.LocalName == name && reader.NamespaceURI == DavProperties.Namespace;

    private static RepositoryException Wrong() => new(ErrorCode.Usage, "The body is no propfind, or asks for too much");
}
