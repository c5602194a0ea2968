using System.CommandLine;
using System.Runtime.InteropServices;
using StreamBack.Client.Commands;
using StreamBack.Client.Terminal;

namespace StreamBack.Client;

/// <summary>The executable <c>streamback</c>: parses, runs one verb, and turns what comes of it into an exit code.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            ErrorReport.Line($"Only Linux on x86-64 is supported, this is {RuntimeInformation.RuntimeIdentifier}");
            return Protocol.ErrorCodes.ExitCode(Protocol.ErrorCode.Unsupported);
        }

        InitializeAlone();
        var parsed = Verbs.Parse(arguments);
        var json = parsed.GetValue(CommonOptions.Json);
        if (Verbs.Complaint(parsed) is { } complaint)
            return ErrorReport.Usage(complaint, json);

        using var cancelling = new CancellationTokenSource();
        int? interruptedBy = null;
        void Interrupt(PosixSignalContext signal, int exitCode)
        {
            // The second time the default action ends the process; the next put sweeps up.
            signal.Cancel = interruptedBy is null;
            interruptedBy ??= exitCode;
            cancelling.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Interrupt(signal, ErrorReport.InterruptedExitCode));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            if (HangUp.Instead is { } other)
                other();
            else
                Interrupt(signal, ErrorReport.HungUpExitCode);
        });
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Interrupt(signal, ErrorReport.TerminatedExitCode));
        try
        {
            return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancelling.Token)
                .GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            return ErrorReport.Report(error, json, interruptedBy);
        }
    }

    // Compiled natively, the first lock that two threads want reads AppContext, whose own start may be what the other thread is at: both would
    // wait for ever. While there is one thread it cannot happen (docs/decisions/0012).
    private static void InitializeAlone() => AppContext.TryGetSwitch("StreamBack", out _);
}
