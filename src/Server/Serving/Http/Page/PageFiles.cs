using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace StreamBack.Server.Serving.Http.Page;

/// <summary>The files of the web page, as they are in the program: they hold nothing of a repository, so anyone who can connect gets them.</summary>
internal static class PageFiles
{
    /// <summary>Where the page begins.</summary>
    private const string Index = "index.html";

    /// <summary>Nothing but these files and what the server answers; nobody frames it.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Folder = "page/"; // as the project file calls them

    private static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>Adds the addresses.</summary>
    public static void Map(Router router)
    {
        foreach (var resource in typeof(PageFiles).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            var file = resource[Folder.Length..];
            var (bytes, type) = (Read(resource), Types[Path.GetExtension(file)]);
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"");
            foreach (var method in new[] { HttpMethods.Get, HttpMethods.Head })
                router.Map(method, file == Index ? "/" : $"/{file}", context => Send(context, bytes, type, tag));
        }
    }

    private static byte[] Read(string resource)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static async Task Send(HttpContext context, byte[] bytes, string type, EntityTagHeaderValue tag)
    {
        var response = context.Response;
        response.GetTypedHeaders().ETag = tag;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (Conditions.Status(context.Request.GetTypedHeaders(), tag) is { } status)
        {
            response.StatusCode = status;
            return;
        }

        response.ContentType = type;
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
