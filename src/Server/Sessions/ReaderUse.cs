using StreamBack.Server.Crypto;
using StreamBack.Server.Storage;

namespace StreamBack.Server.Sessions;

/// <summary>One use of a reader; who uses it is told what is found meanwhile.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class ReaderUse : IDisposable
{
    private readonly Action<string> notice;
    private readonly Action ended;
    private bool isOver;
    private int told;

    /// <param name="reader">What is used.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    /// <param name="ended">Called once.</param>
    public ReaderUse(RepositoryReader reader, Action<string> notice, Action ended)
    {
        (Reader, this.notice, this.ended) = (reader, notice, ended);
        told = reader.Tell(0, notice);
    }

    /// <summary>The only use of a reader, which ends with it.</summary>
    /// <param name="store">The repository; may be read-only.</param>
    /// <param name="keys">A full key.</param>
    /// <param name="notice">Told what a user should know: a line each.</param>
    public static ReaderUse OfOwn(IFileStore store, RepositoryKeys keys, Action<string> notice)
    {
        var reader = new RepositoryReader(store, keys, notice);
        try
        {
            return new ReaderUse(reader, notice, reader.Dispose);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>What is used.</summary>
    public RepositoryReader Reader { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isOver)
            return;
        isOver = true;
        try
        {
            told = Reader.Tell(told, notice);
        }
        finally
        {
            ended();
        }
    }
}
