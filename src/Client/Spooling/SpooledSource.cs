using System.Security.Cryptography;
using StreamBack.Protocol;

namespace StreamBack.Client.Spooling;

/// <summary>A stream of a spool as the source of the put that delivers it; it is whole only if it is what was put into the spool.</summary>
/// <remarks>Owns the file.</remarks>
internal sealed class SpooledSource : IStreamSource, IDisposable
{
    /// <summary>Bytes read at once while it is verified.</summary>
    private const int BlockLength = 256 << 10;

    private readonly SpoolEntry entry;
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long length;

    /// <summary>Opens a stream.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/> if it is not there.</exception>
    public SpooledSource(SpoolFolder folder, SpoolEntry entry)
    {
        this.entry = entry;
        var path = folder.StreamPath(entry.Id);
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (FileNotFoundException error)
        {
            throw new RepositoryException(ErrorCode.Corrupt, $"{path} is gone", error);
        }
    }

    /// <summary>Whether all of it was given, and is right.</summary>
    public bool WasGivenWhole { get; private set; }

    /// <summary>Reads all of it once: nothing is sent that would be refused at its end.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Corrupt"/>.</exception>
    public void Verify(CancellationToken cancellation)
    {
        var block = new byte[BlockLength];
        while (Read(block) > 0)
            cancellation.ThrowIfCancellationRequested();
        Compare();
        file.Position = length = 0;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var read = file.Read(buffer);
        hash.AppendData(buffer[..read]);
        length += read;
        return read;
    }

    /// <inheritdoc/>
    public void EnsureComplete()
    {
        Compare();
        WasGivenWhole = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        hash.Dispose();
    }

    private void Compare()
    {
        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (actual != entry.Sha256 || length != entry.Length)
            throw new RepositoryException(ErrorCode.Corrupt, $"{file.Name} is damaged: its {length} bytes hash to {actual}, those put there were {entry.Length} and hashed to {entry.Sha256}");
    }
}
