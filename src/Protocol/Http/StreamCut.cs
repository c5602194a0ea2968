using System.Globalization;

namespace StreamBack.Protocol.Http;

/// <summary>From where on a stream is to be held back until its hash is confirmed, as <see cref="Wire.CutHeader"/> says it.</summary>
/// <param name="Offset">In the stream, bytes.</param>
/// <param name="InsideHeader">Whether that is inside a tar's header, so that a stream which ends there has to be spoiled.</param>
public readonly record struct StreamCut(long Offset, bool InsideHeader)
{
    private const string Mark = "; header";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out StreamCut cut)
    {
        var marked = text.EndsWith(Mark, StringComparison.Ordinal);
        var read = long.TryParse(marked ? text[..^Mark.Length] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset);
        cut = new StreamCut(offset, marked);
        return read;
    }

    /// <inheritdoc/>
    public override string ToString() => Offset.ToString(CultureInfo.InvariantCulture) + (InsideHeader ? Mark : "");
}
