using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StreamBack.Protocol;

/// <summary>
/// The name of a stored file (bundle, index file, manifest, …): the SHA-256 of its own bytes. Shown as 64 hex digits.
/// </summary>
[InlineArray(Size)]
public struct ObjectId : IEquatable<ObjectId>, IComparable<ObjectId>
{
    /// <summary>Bytes in an id.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Hex digits that name one object well enough for people, and the fewest that a selector takes.</summary>
    public const int ShortDigits = 6;

    private byte first;

    /// <summary>An id of these bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    public ObjectId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"An object id has {Size} bytes, not {bytes.Length}", nameof(bytes));
        bytes.CopyTo(this);
    }

    /// <summary>Reads 64 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out ObjectId id)
    {
        id = default;
        return hex.Length == 2 * Size && Convert.FromHexString(hex, id, out _, out _) == OperationStatus.Done;
    }

    /// <summary>The id's bytes, in place.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => this;

    /// <inheritdoc/>
    public readonly bool Equals(ObjectId other) => Bytes.SequenceEqual(other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    /// <inheritdoc/>
    /// <remarks>The bytes are a hash, so any four of them are one.</remarks>
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <inheritdoc/>
    public readonly int CompareTo(ObjectId other) => Bytes.SequenceCompareTo(other);

    /// <summary>64 lower-case hex digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>The first digits, for messages to people.</summary>
    public readonly string ShortHex => Convert.ToHexStringLower(Bytes[..4]);

    public static bool operator ==(ObjectId left, ObjectId right) => left.Equals(right);
    public static bool operator !=(ObjectId left, ObjectId right) => !left.Equals(right);
    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;
    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;
    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;
}
