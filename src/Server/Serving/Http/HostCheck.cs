using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Server.Serving.Http;

/// <summary>Refuses requests that are for another host (<see cref="KnownHosts"/>), before anything else is asked of them.</summary>
internal static class HostCheck
{
    /// <summary>Lets a request on, or answers 421; 400 if it says no host at all.</summary>
    public static Task Run(KnownHosts hosts, HttpContext context, RequestDelegate next)
    {
        if (hosts.Knows(context))
            return next(context);
        var none = !context.Request.Host.HasValue;
        context.Features.GetRequiredFeature<RequestTally>().Error = ErrorCode.Usage;
        context.Response.StatusCode = none ? StatusCodes.Status400BadRequest : StatusCodes.Status421MisdirectedRequest;
        var failure = new Failure(ErrorCode.Usage.Name(), none
            ? "The request says no host"
            : "This server is not known by the host that the request names: use a name of its certificate, or add one by --host (hosts: in its configuration)");
        return context.Response.WriteAsJsonAsync(failure, WireJson.Default.Failure);
    }
}
