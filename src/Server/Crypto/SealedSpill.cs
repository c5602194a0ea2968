using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Server.Crypto;

/// <summary>
/// Room beside memory that nobody else can read: a file without a name in the folder for temporary ones, sealed under a key that
/// is nowhere but here.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
public sealed class SealedSpill : ICatalogSpill
{
    private const int SlotLength = ICatalogSpill.BlockLength + SealingKey.TagSize;
    private const int NonceSize = 12; // bytes, AES-GCM's

    private readonly SafeFileHandle file;
    private readonly AesGcm cipher = new(RandomNumberGenerator.GetBytes(SealingKey.KeySize), SealingKey.TagSize);
    private readonly byte[] slot = new byte[SlotLength];
    private long blocks;

    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">There is no room for a file.</exception>
    public SealedSpill()
    {
        var path = Path.Combine(Path.GetTempPath(), $"streamback-{Guid.NewGuid():N}");
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        File.Delete(path);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> block)
    {
        // Each number is used once, so no nonce is ever used twice.
        cipher.Encrypt(Nonce(blocks), block, slot.AsSpan(0, ICatalogSpill.BlockLength), slot.AsSpan(ICatalogSpill.BlockLength));
        RandomAccess.Write(file, slot, blocks++ * SlotLength);
    }

    /// <inheritdoc/>
    public void Read(long number, Span<byte> block)
    {
        for (var read = 0; read < SlotLength;)
        {
            var more = RandomAccess.Read(file, slot.AsSpan(read), (number * SlotLength) + read);
            if (more == 0)
                throw new EndOfStreamException("A temporary file is shorter than it was written");
            read += more;
        }

        cipher.Decrypt(Nonce(number), slot.AsSpan(0, ICatalogSpill.BlockLength), slot.AsSpan(ICatalogSpill.BlockLength), block);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cipher.Dispose();
        file.Dispose();
    }

    private static byte[] Nonce(long number)
    {
        var nonce = new byte[NonceSize];
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        return nonce;
    }
}
