using StreamBack.Server.Bundles;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>Reads a stream that came as frames, by the letter of docs/design/wire-protocol.md, 3.1.</summary>
internal static class FrameDecoder
{
    /// <returns>The stream, and all that was ever in a slot.</returns>
    public static (byte[] Stream, List<byte[]> Filled) Decode(byte[] answer, int from = 0)
    {
        var (stream, filled) = (new MemoryStream(), new List<byte[]>());
        var (slots, next) = (new byte[80][], new int[80]);
        var letOut = 0;
        for (var at = 0; ;)
        {
            var tag = Number(answer, ref at);
            var (slot, kind) = (tag >> 3, tag & 7);
            if (kind == 0)
            {
                Assert.Equal(answer.Length, at);
                return (stream.ToArray(), filled);
            }

            var first = Number(answer, ref at);
            if (kind == 5)
            {
                // Never more than has come, and never less than before.
                Assert.InRange(first, letOut, (int)stream.Length + from);
                letOut = first;
                continue;
            }

            switch (kind)
            {
                case 1:
                    slots[slot] = answer[at..(at += first)];
                    break;
                case 2:
                    var length = Number(answer, ref at);
                    slots[slot] = ZstdFrame.Open(answer.AsSpan(at, length), first);
                    at += length;
                    break;
                case 3:
                    stream.Write(slots[slot], next[slot], first);
                    next[slot] += first;
                    break;
                case 4:
                    next[slot] = first + Number(answer, ref at);
                    stream.Write(slots[slot], first, next[slot] - first);
                    break;
                default:
                    throw new InvalidDataException($"record {kind}");
            }

            if (kind <= 2)
            {
                filled.Add(slots[slot]);
                next[slot] = 0;
            }
        }
    }

    private static int Number(byte[] bytes, ref int at)
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            number |= (bytes[at] & 0x7f) << shift;
            if (bytes[at++] < 0x80)
                return number;
        }
    }
}
