using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A running <c>browse</c>.</summary>
internal sealed class BrowseProcess : IDisposable
{
    private readonly Process process;

    private BrowseProcess(Process process, string invitation, string told)
    {
        this.process = process;
        Invitation = invitation;
        Address = invitation[..invitation.IndexOf("/open", StringComparison.Ordinal)];
        Password = told.Split("password ")[1].Split(';')[0];
    }

    /// <summary>Where it is, without a slash at the end.</summary>
    public string Address { get; }

    /// <summary>The address that signs a browser in, once.</summary>
    public string Invitation { get; }

    /// <summary>What WebDAV asks for.</summary>
    public string Password { get; }

    /// <summary>Starts it, and waits until it says where it is.</summary>
    public static async Task<BrowseProcess> Start(Home home, string location)
    {
        var process = home.Start(Home.Executable, "--repository", location, "browse");
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            var invitation = await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException($"browse ended: {await process.StandardError.ReadToEndAsync(patience.Token)}");
            return new BrowseProcess(process, invitation, await process.StandardError.ReadLineAsync(patience.Token) ?? "");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "browse does not end");
        process.Dispose();
    }
}
