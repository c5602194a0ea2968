using Microsoft.Win32.SafeHandles;
using StreamBack.Protocol;

namespace StreamBack.Server.Serving.Quotas;

/// <summary>One put's part of a quota, while it is underway.</summary>
/// <remarks>Threading: one thread. Owns the put's file, which dispose deletes: not before the snapshot is listed.</remarks>
internal sealed class QuotaShare : IDisposable
{
    private readonly Quota quota;
    private readonly string name;
    private readonly IReadOnlyList<QuotaRule> holding;
    private readonly OpenPuts? puts;
    private readonly string? path;
    private readonly SafeFileHandle? file;
    private long granted;
    private long bytes;

    /// <param name="holding">What the put is held to.</param>
    /// <param name="puts">Where it counts; null if nowhere.</param>
    public QuotaShare(Quota quota, string name, IReadOnlyList<QuotaRule> holding, OpenPuts? puts)
    {
        this.quota = quota;
        this.name = name;
        this.holding = holding;
        this.puts = puts;
        granted = puts is null ? long.MaxValue : 0;
        if (puts is null)
            return;
        using var held = puts.Lock();
        quota.Grant(puts, share: null, holding, needed: 1);
        (path, file) = puts.Begin(name);
    }

    /// <summary>Counts bytes that came.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/> if these are too many.</exception>
    public void Add(long count) => Expect(bytes += count);

    /// <summary>Sees whether there is room for a stream of a known length.</summary>
    /// <param name="length">Of the whole stream, bytes.</param>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Full"/>.</exception>
    public void Expect(long length)
    {
        if (length <= granted)
            return;
        granted = IoErrors.Wrap(() =>
        {
            using var held = puts!.Lock();
            var more = quota.Grant(puts, path, holding, length);

            // Who is held to nothing has no grant to keep others informed by: it counts in steps.
            more = more == long.MaxValue ? Math.Min(length, long.MaxValue - CountedAhead) + CountedAhead : more;
            OpenPuts.Write(file!, name, more);
            return more;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (file is null)
            return;
        try
        {
            if (!file.IsClosed)
                File.Delete(path!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The put is done, or given up, all the same. Without its lock the file counts no longer, and who sums next deletes it.
        }
        finally
        {
            file.Dispose();
        }
    }

    /// <summary>Between two notes of a put that is held to nothing itself.</summary>
    private const long CountedAhead = 16 << 20;
}
