using System.Diagnostics;

namespace StreamBack.Client.Tests.Harness;

/// <summary>A server of Python's, whom notices are sent to.</summary>
internal sealed class PythonServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process process;

    private PythonServer(Process process, string address) => (this.process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>One that takes POSTs: each body is a line of the file <c>hooked</c>.</summary>
    public static Task<PythonServer> WebHook(Home home) => Start(home, "hook.port", """
        import http.server
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                with open("hooked", "ab") as out: out.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
                self.send_response(204); self.end_headers()
            def log_message(self, *_): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
        announce("http://127.0.0.1:%d/hook" % server.server_port)
        server.serve_forever()
        """);

    /// <summary>One that takes mail (aiosmtpd) into the file <c>mailed</c>, with who signed in, if anybody did.</summary>
    /// <param name="password">That of the user <c>vault</c>, who must sign in, encrypted by <c>mail.pem</c> and <c>mail.key</c>; null if anybody may send.</param>
    public static Task<PythonServer> Mail(Home home, string? password = null) => Start(home, "mail.port", $"""
        import time, socket, ssl, email, email.policy
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult
        password = {(password is null ? "None" : $"b'{password}'")}
        """ + "\n" + """
        class Box:
            # Mechanisms' names are in any case (RFC 4954), but not to this server: the framework's client writes them small.
            async def auth_login(self, server, args): return await server.auth_LOGIN(server, args)
            async def handle_DATA(self, server, session, envelope):
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                signed = "encrypted, by vault\n" if session.ssl and session.authenticated else ""
                with open("mailed", "a") as out: out.write("%s %s\n%s%s\n%s\n" % (envelope.rcpt_tos, envelope.mail_from, signed, message["subject"], message.get_content()))
                return "250 OK"
        options = {}
        if password:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("mail.pem", "mail.key")
            sign_in = lambda server, session, envelope, mechanism, data: AuthResult(success=(data.login, data.password) == (b"vault", password))
            options = dict(tls_context=context, require_starttls=True, auth_required=True, authenticator=sign_in)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(Box(), hostname="127.0.0.1", port=port, **options)
        controller.start()
        announce("127.0.0.1:%d" % port)
        time.sleep(3600)
        """);

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static async Task<PythonServer> Start(Home home, string file, string program)
    {
        var announce = $"import os\ndef announce(address):\n    open('{file}.new', 'w').write(address)\n    os.rename('{file}.new', '{file}')\n";
        var process = home.Start("/usr/bin/python3", "-c", announce + program);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        while (!File.Exists(home.At(file)))
        {
            if (process.HasExited)
                throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(patience.Token));
            await Task.Delay(50, patience.Token);
        }

        return new PythonServer(process, await File.ReadAllTextAsync(home.At(file), patience.Token));
    }
}
