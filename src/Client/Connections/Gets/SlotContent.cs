using System.Buffers;
using StreamBack.Server.Bundles;

namespace StreamBack.Client.Connections.Gets;

/// <summary>What is in a slot of a <see cref="Protocol.Http.FrameAnswer"/>; a zstd frame is opened by another core.</summary>
/// <remarks>
/// Threading: one thread, apart from the opening. In a pooled buffer that goes back when the last of who holds it lets go.
/// </remarks>
internal sealed class SlotContent
{
    private readonly byte[] bytes;
    private readonly Task<bool>? opening;
    private int holders = 1;

    /// <param name="bytes">The plain bytes, rented; owned from here on.</param>
    /// <param name="length">How many there are.</param>
    public SlotContent(byte[] bytes, int length)
    {
        this.bytes = bytes;
        Length = length;
    }

    /// <param name="packed">A zstd frame, rented; owned from here on.</param>
    /// <param name="packedLength">Its bytes.</param>
    /// <param name="length">How many bytes it should open to.</param>
    public SlotContent(byte[] packed, int packedLength, int length)
        : this(ArrayPool<byte>.Shared.Rent(length), length) => opening = Task.Run(() =>
    {
        try
        {
            return ZstdFrame.TryOpen(packed.AsSpan(0, packedLength), bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    });

    /// <summary>Bytes in it.</summary>
    public int Length { get; }

    /// <summary>The bytes; valid while held.</summary>
    /// <exception cref="UnreadableAnswerException">It does not open.</exception>
    public ReadOnlySpan<byte> Bytes => opening is null || opening.GetAwaiter().GetResult()
        ? bytes.AsSpan(0, Length)
        : throw new UnreadableAnswerException("a frame does not open");

    /// <summary>Holds it once more.</summary>
    public SlotContent Hold()
    {
        holders++;
        return this;
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        if (--holders > 0)
            return;
        if (opening is not null)
            Task.WaitAny(opening); // however it ends
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
