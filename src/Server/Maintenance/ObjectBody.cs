using StreamBack.Protocol;

namespace StreamBack.Server.Maintenance;

/// <summary>A stored file's bytes on their way to <see cref="ObjectIntake"/>.</summary>
/// <param name="body">Ends where the file does, or fails; not closed.</param>
internal sealed class ObjectBody(Stream body) : IStreamSource
{
    /// <inheritdoc/>
    public int Read(Span<byte> buffer) => body.Read(buffer);

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        // It has its length.
    }

    /// <inheritdoc/>
    public void EnsureHash(string sha256, long length)
    {
        // Its name says what it hashes to.
    }
}
