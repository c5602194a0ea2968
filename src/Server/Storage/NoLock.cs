namespace StreamBack.Server.Storage;

/// <summary>A lock where there is nothing to be locked.</summary>
internal sealed class NoLock : ISessionLock, INamedLock
{
    /// <inheritdoc/>
    public string Session => "";

    /// <inheritdoc/>
    public void Keep(DateTime? until)
    {
    }

    /// <inheritdoc/>
    public byte[] ReadNote() => [];

    /// <inheritdoc/>
    public void WriteNote(ReadOnlySpan<byte> note)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
