using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A real sshd on a free port of the loopback, and a <c>ssh</c> in the home's <c>PATH</c> that reaches it as any host.</summary>
/// <remarks>Dispose ends it.</remarks>
internal sealed class SshServer : IDisposable
{
    private readonly Home home;

    private SshServer(Home home) => this.home = home;

    /// <summary>Starts one.</summary>
    /// <param name="home">Its keys and logs are there, and what runs on the far side has this environment.</param>
    /// <param name="command">The forced command; the far side's environment is set before it.</param>
    public static async Task<SshServer> Start(Home home, string command = "sh -c \"$SSH_ORIGINAL_COMMAND\"")
    {
        home.Write("far", System.Text.Encoding.UTF8.GetBytes($"""
            #!/bin/bash
            export HOME={home.Folder} XDG_DATA_HOME={home.At("data")} XDG_CONFIG_HOME={home.At("config")} XDG_STATE_HOME={home.At("far-state")} PATH={Home.ProgramFolder}:$PATH
            unset STREAMBACK_REPOSITORY
            {command}
            """));
        (await home.Shell($$"""
            set -e
            mkdir -p ssh bin /run/sshd
            chmod 755 far
            ssh-keygen -q -t ed25519 -N '' -f ssh/host
            ssh-keygen -q -t ed25519 -N '' -f ssh/id
            echo "restrict,command=\"$PWD/far\" $(cat ssh/id.pub)" > ssh/authorized
            cat > ssh/config <<C
            Port {{FreePort()}}
            ListenAddress 127.0.0.1
            HostKey $PWD/ssh/host
            AuthorizedKeysFile $PWD/ssh/authorized
            PidFile $PWD/ssh/pid
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            # As of a shell in a shell: bash then does not read the .bashrc of whoever runs the tests, which may take longer than the command.
            SetEnv SHLVL=2
            C
            port=$(sed -n 's/^Port //p' ssh/config)
            cat > bin/ssh <<C
            #!/bin/bash
            exec /usr/bin/ssh -F none -i $PWD/ssh/id -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o Hostname=127.0.0.1 -o Port=$port "\$@"
            C
            chmod 755 bin/ssh
            /usr/sbin/sshd -f ssh/config -E $PWD/ssh/log
            """)).Succeeded();
        home["PATH"] = $"{home.At("bin")}:{Home.ProgramFolder}:{Environment.GetEnvironmentVariable("PATH")}";
        return new SshServer(home);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var daemon = Process.GetProcessById(int.Parse(File.ReadAllText(home.At("ssh/pid")), System.Globalization.CultureInfo.InvariantCulture));
        daemon.Kill();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
