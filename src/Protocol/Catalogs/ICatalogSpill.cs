namespace StreamBack.Protocol.Catalogs;

/// <summary>Room beside memory for what is being sorted, as blocks of <see cref="BlockLength"/> bytes. Nobody else can read what is in it.</summary>
/// <remarks>Threading: one thread. Dispose deletes it.</remarks>
public interface ICatalogSpill : IDisposable
{
    /// <summary>Bytes of a block: large enough that a disk moves while many runs are read in turns, and a hundred of them are few megabytes.</summary>
    const int BlockLength = 64 << 10;

    /// <summary>Keeps a block; the first has number 0.</summary>
    void Append(ReadOnlySpan<byte> block);

    /// <summary>Gives a block back.</summary>
    void Read(long number, Span<byte> block);
}
