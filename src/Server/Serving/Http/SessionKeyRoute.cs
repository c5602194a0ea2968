using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using StreamBack.Protocol;
using StreamBack.Server.Crypto;

namespace StreamBack.Server.Serving.Http;

/// <summary><c>PUT /session-key</c>: a client's put key, for a server that was started without one and has this one client.</summary>
internal static class SessionKeyRoute
{
    /// <summary>Takes the key.</summary>
    public static async Task Run(ApiCall call)
    {
        if (!call.Repository.NeedsKey)
            throw new RepositoryException(ErrorCode.Denied, "This server has its key, and takes no other");
        if (!call.Server.HasOneClient)
            throw new RepositoryException(ErrorCode.Denied, "This server has many clients, and takes no key of one of them");
        var bytes = new byte[KeyFile.MaxBytes];
        try
        {
            var length = await SmallBody.Read(call, bytes).ConfigureAwait(false);
            call.Repository.UseKey(bytes.AsMemory(0, length));
            call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
