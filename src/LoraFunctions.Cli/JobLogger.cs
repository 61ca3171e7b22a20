using Microsoft.Extensions.Logging;

namespace LoraFunctions.Cli;

/// <summary>What a job logs as lines: what a person should know on the output, warnings on stderr.</summary>
internal sealed class JobLogger(CliConsole console) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var line = Failures.OneLine(formatter(state, exception));
        if (logLevel >= LogLevel.Warning)
        {
            console.Warning($"lora: {line}");
        }
        else if (IsEnabled(logLevel))
        {
            console.Notice(line);
        }
    }
}
