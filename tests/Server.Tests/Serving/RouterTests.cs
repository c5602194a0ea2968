using Microsoft.AspNetCore.Http;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Tests.Serving;

/// <summary>Who answers which address.</summary>
public class RouterTests
{
    [Theory]
    [InlineData("GET", "/a", "/a ")]
    [InlineData("GET", "/a/x", "/a/{id} id=x")]
    [InlineData("PUT", "/a/x", "/a/{id} PUT id=x")]
    [InlineData("GET", "/a/x/more", "/a/{id}/more id=x")]
    [InlineData("GET", "/b", "/b/{**rest} rest=")]
    [InlineData("GET", "/b/", "/b/{**rest} rest=")]
    [InlineData("GET", "/b/x//y/", "/b/{**rest} rest=x//y/")]
    [InlineData("POST", "/a/x", "405 GET, PUT")]
    [InlineData("get", "/a", "405 GET")]
    [InlineData("GET", "/", "404 ")]
    [InlineData("GET", "/A", "404 ")]
    [InlineData("GET", "/a/", "404 ")]
    [InlineData("GET", "/a/x/", "404 ")]
    [InlineData("GET", "/a/x/less", "404 ")]
    [InlineData("GET", "/a/{id}/more/", "404 ")]
    public async Task An_address_has_one_answer(string method, string path, string answer)
    {
        var router = new Router();
        var told = "";
        void Map(string known, string pattern, string mark = "") => router.Map(known, pattern, context =>
        {
            var match = context.Features.Get<RouteMatch>()!;
            told = $"{match.Pattern}{mark} {string.Join(' ', match.Values.Select(value => $"{value.Key}={value.Value}"))}";
            return Task.CompletedTask;
        });
        Map("GET", "/a");
        Map("GET", "/a/{id}");
        Map("PUT", "/a/{id}", " PUT");
        Map("GET", "/a/{id}/more");
        Map("GET", "/b/{**rest}");
        var context = new DefaultHttpContext { Request = { Method = method, Path = path } };
        await router.Run(context);
        Assert.Equal(answer, told.Length > 0 ? told : $"{context.Response.StatusCode} {context.Response.Headers.Allow}");
    }
}
