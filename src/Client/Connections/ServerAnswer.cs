using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;
using StreamBack.Protocol.Http;

namespace StreamBack.Client.Connections;

/// <summary>Reads what a server answers. A server may say anything, or be something else: what cannot be read is an expected failure.</summary>
/// <remarks>Errors: <see cref="ErrorCode.Failed"/>; <see cref="ConnectionLostException"/> if the connection breaks on the way.</remarks>
internal static class ServerAnswer
{
    /// <summary>Bytes of a JSON object: far above the report of a check that finds everything damaged, far below the memory there is.</summary>
    private const int MaxObject = 64 << 20;

    /// <summary>Bytes read at once; most objects are shorter.</summary>
    private const int FirstRead = 16 << 10;

    /// <summary>The body as one JSON object.</summary>
    public static T Read<T>(HttpResponseMessage response, JsonTypeInfo<T> type)
    {
        using var body = Open(response);
        var (buffer, length) = (new byte[FirstRead], 0);
        for (int read; (read = Next(body, ref buffer, length)) > 0;)
            length += read;
        return Parse(buffer.AsSpan(0, length), type);
    }

    /// <summary>The body's lines as they come, without their ends; what has no end is none.</summary>
    /// <remarks>Each is there until the next one is asked for.</remarks>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(HttpResponseMessage response)
    {
        using var body = Open(response);
        var (buffer, begin, searched, end) = (new byte[FirstRead], 0, 0, 0);
        while (true)
        {
            var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                yield return buffer.AsMemory(begin, searched + newline - begin);
                begin = searched += newline + 1;
                continue;
            }

            buffer.AsSpan(begin, end - begin).CopyTo(buffer);
            (begin, searched, end) = (0, end - begin, end - begin);
            var read = Next(body, ref buffer, end);
            if (read == 0)
                yield break;
            end += read;
        }
    }

    /// <summary>The objects of a list, one a line, to its end.</summary>
    /// <param name="response">Its body is read; not disposed.</param>
    /// <param name="type">What they are.</param>
    /// <param name="failed">Told what cannot be listed.</param>
    /// <param name="cancellation">Looked at after each line.</param>
    /// <exception cref="RepositoryException">What cut the list short; <see cref="ErrorCode.Failed"/> if that is not known.</exception>
    public static IEnumerable<T> Objects<T>(HttpResponseMessage response, JsonTypeInfo<T> type, Action<RepositoryException> failed, CancellationToken cancellation)
    {
        RepositoryException? last = null;
        foreach (var line in Lines(response))
        {
            cancellation.ThrowIfCancellationRequested();
            var control = Parse(line.Span, WireJson.Default.ControlLine);
            if (control.End == true)
                yield break;
            if (control.Error is { } failure)
                failed(last = failure.ToException());
            else
                yield return Parse(line.Span, type);
        }

        // What ended it was told last.
        cancellation.ThrowIfCancellationRequested();
        throw last ?? new RepositoryException(ErrorCode.Failed, "The server's list breaks off");
    }

    /// <summary>Asks for a list, and gives its objects: <see cref="Objects{T}(HttpResponseMessage, JsonTypeInfo{T}, Action{RepositoryException}, CancellationToken)"/>.</summary>
    /// <remarks>It is asked for when it is enumerated, and holds the connection until that ends.</remarks>
    public static IEnumerable<T> Objects<T>(HttpConnection connection, string address, JsonTypeInfo<T> type, Action<RepositoryException> failed, CancellationToken cancellation)
    {
        using var response = connection.Send(new HttpRequestMessage(HttpMethod.Get, address), cancellation);
        using var stop = cancellation.UnsafeRegister(answer => ((HttpResponseMessage)answer!).Dispose(), response);
        foreach (var one in Objects(response, type, failed, cancellation))
            yield return one;
    }

    /// <summary>One JSON object.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new RepositoryException(ErrorCode.Failed, "The server answers nothing");
        }
        catch (JsonException error)
        {
            throw new RepositoryException(ErrorCode.Failed, $"The server's answer cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The facts of a snapshot, as far as this side must be able to rely on their form.</summary>
    public static SnapshotInfo Check(SnapshotInfo told)
    {
        if (!ObjectId.TryParse(told.Id, out _) || told.Length < 0 || (told.Sha256 is { } hash && !ObjectId.TryParse(hash, out _)) || !SnapshotSelector.TryParse(told.Name, out _))
            throw new RepositoryException(ErrorCode.Failed, $"The server tells of a snapshot '{told.Name}@{told.Id}' of {told.Length} bytes, which is none");
        return told;
    }

    /// <summary>What was removed, as far as this side must be able to rely on its form.</summary>
    public static RemovedSnapshot Check(RemovedSnapshot told)
    {
        if (told.Snapshot is { } facts)
            Check(facts);
        return ObjectId.TryParse(told.Id, out _) && SnapshotSelector.TryParse(told.Name, out _)
            ? told
            : throw new RepositoryException(ErrorCode.Failed, "What the server says of a removed snapshot cannot be read");
    }

    /// <summary>What stays and what goes, as far as this side must be able to rely on its form.</summary>
    public static RetentionDecision Check(RetentionDecision told)
    {
        Check(told.Snapshot);
        return told;
    }

    /// <summary>A late name, as far as this side must be able to rely on its form.</summary>
    public static LateName Check(LateName told) => SnapshotSelector.TryParse(told.Name, out _) ? told : throw new RepositoryException(ErrorCode.Failed, "What the server says of a late name cannot be read");

    /// <summary>What was found, as far as this side must be able to rely on its form.</summary>
    public static FoundMember Check(FoundMember told)
    {
        told.Member.ToEntry();
        return ObjectId.TryParse(told.Newest.Id, out _) && ObjectId.TryParse(told.Oldest.Id, out _) && (told.GoneIn is null || ObjectId.TryParse(told.GoneIn.Id, out _)) && told.Snapshots > 0 && SnapshotSelector.TryParse(told.Name, out _)
            ? told
            : throw new RepositoryException(ErrorCode.Failed, "What the server says that it found cannot be read");
    }

    /// <summary>What has changed, as far as this side must be able to rely on its form.</summary>
    public static TreeChange Check(TreeChange told)
    {
        told.From?.ToEntry();
        told.To?.ToEntry();
        return (told.From ?? told.To) is not null ? told : throw new RepositoryException(ErrorCode.Failed, "What the server says of a change cannot be read");
    }

    private static Stream Open(HttpResponseMessage response)
    {
        try
        {
            return response.Content.ReadAsStream();
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw HttpFailure.Lost(error);
        }
    }

    // There is always room for a byte more: whether a body that fills the buffer has ended is seen so.
    private static int Next(Stream body, ref byte[] buffer, int length)
    {
        if (length == buffer.Length)
        {
            if (length >= MaxObject)
                throw new RepositoryException(ErrorCode.Failed, $"The server's answer cannot be read: it is longer than {MaxObject} bytes");
            Array.Resize(ref buffer, 2 * length);
        }

        try
        {
            return body.Read(buffer, length, buffer.Length - length);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw HttpFailure.Lost(error);
        }
    }
}
