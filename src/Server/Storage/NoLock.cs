namespace StreamBack.Server.Storage;

/// <summary>A lock where there is nothing to be locked.</summary>
internal sealed class NoLock : ISessionLock
{
    /// <inheritdoc/>
    public string Session => "";

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
