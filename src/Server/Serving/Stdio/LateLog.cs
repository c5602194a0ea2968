using Microsoft.Extensions.Logging;
using StreamBack.Server.Serving.Http;

namespace StreamBack.Server.Serving.Stdio;

/// <summary>
/// The <see cref="ServerLog"/>, opened when there is something to tell: to get ready for it would take a sixth of the time in which a
/// command over ssh is done, and hardly any has anything to tell (docs/decisions/0006).
/// </summary>
/// <param name="from">The least that is told.</param>
/// <remarks>Threading: any threads.</remarks>
internal sealed class LateLog(LogLevel from) : ILoggerFactory
{
    private LogLevel From { get; } = from;

    private readonly Lazy<ILoggerFactory> log = new(() => ServerLog.Open(from));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => log.Value.AddProvider(provider);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LateLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (log.IsValueCreated)
            log.Value.Dispose();
    }

    private sealed class LateLogger(LateLog late, string category) : ILogger
    {
        private readonly Lazy<ILogger> logger = new(() => late.log.Value.CreateLogger(category));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= late.From && logger.Value.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                logger.Value.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
