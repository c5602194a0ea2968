using StreamBack.Protocol;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections.Gets;

/// <summary>A snapshot's facts as far as the head of its stream tells them.</summary>
internal static class SnapshotHeaders
{
    /// <summary>Reads them.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Failed"/> if the server does not tell what a get needs.</exception>
    public static SnapshotInfo Read(SnapshotName name, HttpResponseMessage response)
    {
        var digest = response.Headers.TryGetValues(Wire.DigestHeader, out var values) ? Wire.ReadDigest(values.First()) : null;
        if (response.Headers.ETag is not { } tag || response.Content.Headers.ContentLength is not { } length || digest is null)
            throw new RepositoryException(ErrorCode.Failed, "The server does not tell the stream's id, length and hash");
        var received = response.Content.Headers.LastModified?.UtcDateTime ?? default;
        return new SnapshotInfo
        {
            Id = tag.Tag.Trim('"'),
            Name = name.ToString(),
            Time = received,
            Received = received,
            Kind = response.Content.Headers.ContentType?.MediaType == Wire.TarType ? SnapshotKinds.Tar : SnapshotKinds.Raw,
            Length = length,
            Sha256 = digest,
            Marks = response.Headers.TryGetValues(Wire.MarksHeader, out var marks) ? [.. marks.SelectMany(text => text.Split(Wire.MarkSeparator))] : [],
        };
    }
}
