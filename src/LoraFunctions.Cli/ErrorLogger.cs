using Microsoft.Extensions.Logging;

namespace LoraFunctions.Cli;

/// <summary>Warnings of a job as lines on stderr; the rest is told by progress and results.</summary>
internal sealed class ErrorLogger(TextWriter error) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            error.WriteLine($"lora: {formatter(state, exception)}");
        }
    }
}
