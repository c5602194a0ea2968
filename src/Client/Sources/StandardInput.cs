using StreamBack.Client.Terminal;
using StreamBack.Protocol;

namespace StreamBack.Client.Sources;

/// <summary>The bytes of standard input. Their end says nothing about whether the producer finished.</summary>
internal sealed class StandardInput : IStreamSource
{
    private const int Descriptor = 0;

    /// <summary>How long a read waits before it looks whether it has been cancelled.</summary>
    private const int PatienceMilliseconds = 200;

    private readonly CancellationToken cancellation;

    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/> if it is a terminal.</exception>
    public StandardInput(CancellationToken cancellation)
    {
        if (!Console.IsInputRedirected)
            throw new RepositoryException(ErrorCode.Usage, "Standard input is a terminal: pipe something into put, such as tar c DIR | streamback put NAME");
        this.cancellation = cancellation;
        SystemCalls.EnlargePipe(Descriptor);
    }

    /// <summary>Bytes that are still to come if it is a regular file; 0 if nobody knows.</summary>
    public static long RemainingLength => SystemCalls.RemainingLength(Descriptor);

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        while (!SystemCalls.WaitReadable(Descriptor, PatienceMilliseconds))
            cancellation.ThrowIfCancellationRequested();
        return SystemCalls.Read(Descriptor, buffer);
    }

    /// <inheritdoc/>
    public void EnsureComplete()
    {
    }
}
