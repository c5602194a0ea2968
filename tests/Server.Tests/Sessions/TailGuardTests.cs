using FsCheck;
using FsCheck.Fluent;
using StreamBack.Protocol;
using StreamBack.Server.Bundles;
using StreamBack.Server.Dedup;
using StreamBack.Server.Sessions;
using StreamBack.Server.Snapshots;

namespace StreamBack.Server.Tests.Sessions;

/// <summary>What is written of a stream before it is confirmed, and after.</summary>
public class TailGuardTests
{
    // Headers and contents in pieces around the sizes of a header, of a block that is written at once, and beyond.
    private static readonly Arbitrary<(bool IsPayload, int Length)[]> Pieces =
        (from first in Gen.Elements(1, 255, 512, 262_143, 262_144, 262_656, 600_000)
         from rest in Gen.ListOf(from isPayload in Gen.Elements(true, false)
                                 from length in Gen.Elements(2, 100, 512, 513, 262_144, 300_000, 5_000_000)
                                 select (isPayload, length))
         select rest.Take(6).Prepend((false, first)).ToArray()).ToArbitrary();

    [Fact]
    public void Written_bytes_are_the_beginning_of_the_stream_and_after_Release_all_of_it()
        => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Pieces, pieces =>
        {
            var stream = TestBytes.Random(1, pieces.Sum(piece => piece.Length));
            using var target = new MemoryStream();
            using var hasher = new StreamHasher();
            using var guard = new TailGuard(target, hasher, new TarTail(offset: 0, contentsEnd: long.MaxValue), _ => { });
            var position = 0;
            foreach (var (isPayload, length) in pieces)
            {
                var bytes = new SharedBytes(length);
                stream.AsSpan(position, length).CopyTo(bytes.Span);
                var piece = new StoredPiece(default, new ChunkBytes(bytes, 0, length), null, 0, length);
                if (isPayload)
                    guard.Payload(piece, position, position + length);
                else
                    guard.Header(piece);
                position += length;
                Assert.True(stream.AsSpan().StartsWith(target.ToArray()));
                Assert.True(target.Length < position);
            }

            guard.Finish();
            Assert.True(target.Length < stream.Length);
            guard.Release();
            Assert.True(stream.AsSpan().SequenceEqual(target.ToArray()));
        }));
}
