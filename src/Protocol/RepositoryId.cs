using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StreamBack.Protocol;

/// <summary>What tells one repository from every other: 16 random bytes, made once. Shown as 32 hex digits.</summary>
public readonly record struct RepositoryId
{
    /// <summary>Bytes in an id.</summary>
    public const int Size = 16;

    private readonly ulong first;
    private readonly ulong second;

    /// <summary>An id of these bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    public RepositoryId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"A repository id has {Size} bytes, not {bytes.Length}", nameof(bytes));
        first = MemoryMarshal.Read<ulong>(bytes);
        second = MemoryMarshal.Read<ulong>(bytes[8..]);
    }

    /// <summary>A new random id.</summary>
    public static RepositoryId New() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>Reads 32 hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out RepositoryId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var whole = hex.Length == 2 * Size && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        id = whole ? new RepositoryId(bytes) : default;
        return whole;
    }

    /// <summary>Writes the id's <see cref="Size"/> bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, first);
        MemoryMarshal.Write(destination[8..], second);
    }

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
