using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Cli.Nightly;

/// <summary>Everything the night logs, appended to one file: the terminal shows the progress only.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _writer;
    private readonly TimeProvider _time;

    public FileLoggerProvider(string path, TimeProvider time)
    {
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _time = time;
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            if (_writer.BaseStream.CanWrite)
            {
                _writer.WriteLine(line);
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider file, string category) : ILogger
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
            if (IsEnabled(logLevel))
            {
                // A warning is gone on from, its cause says enough; an unreachable storage alone would fill pages with the traces of its
                // retries.
                string trace = exception is null ? string.Empty
                    : logLevel > LogLevel.Warning ? Environment.NewLine + exception
                    : $" {exception.GetBaseException().GetType().Name}: {exception.GetBaseException().Message.ReplaceLineEndings(" ")}";
                file.Write(Secrets.Redact(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file._time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {logLevel} {category}[{eventId.Id}] "
                        + $"{formatter(state, exception)}{trace}")));
            }
        }
    }
}
