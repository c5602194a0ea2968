namespace StreamBack.Server.Serving.Notices;

/// <summary>A way to tell people.</summary>
internal interface INoticeWay
{
    /// <summary>What it is called: what was told by it is remembered by this name.</summary>
    string Name { get; }

    /// <summary>Tells.</summary>
    /// <exception cref="NoticeException">It could not be told.</exception>
    Task Tell(Notice notice, CancellationToken cancellation);
}

/// <summary>A notice that could not be told.</summary>
internal sealed class NoticeException(string message, Exception? inner = null) : Exception(message, inner);
