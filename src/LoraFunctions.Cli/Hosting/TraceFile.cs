using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoraFunctions.Pipeline.Hosting;

namespace LoraFunctions.Cli.Hosting;

/// <summary>
/// Appends every span of the night and of its engine to a file, a line each, in OTLP's JSON (what OpenTelemetry's file exporter writes, and
/// collectors read): https://opentelemetry.io/docs/specs/otel/protocol/file-exporter. One trace is one night.
/// </summary>
internal sealed class TraceFile : IDisposable
{
    /// <summary>Source of the engine's spans.</summary>
    private const string Engine = "DurableTask.Core";

    private readonly ActivityListener _listener;
    private readonly StreamWriter _file;
    private readonly Lock _lock = new();
    private readonly string _service;

    /// <param name="service">As <c>service.name</c>.</param>
    public TraceFile(string path, string service)
    {
        _service = service;
        _file = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Engine || source.Name.StartsWith(Telemetry.Prefix + ".", StringComparison.Ordinal),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Write,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    private void Write(Activity span)
    {
        string line = JsonSerializer.Serialize(new { ResourceSpans = new[] { Resource(span) } }, s_json);
        lock (_lock)
        {
            // Something that was still under way when the night was told to stop may end after the file.
            if (_file.BaseStream is { CanWrite: true })
            {
                _file.WriteLine(Secrets.Redact(line));
            }
        }
    }

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private object Resource(Activity span) => new
    {
        Resource = new { Attributes = new[] { Attribute("service.name", _service) } },
        ScopeSpans = new[] { new { Scope = new { span.Source.Name }, Spans = new[] { Span(span) } } },
    };

    private static object Span(Activity span) => new
    {
        TraceId = span.TraceId.ToHexString(),
        SpanId = span.SpanId.ToHexString(),
        ParentSpanId = span.ParentSpanId == default ? null : span.ParentSpanId.ToHexString(),
        Name = span.DisplayName,

        // OTLP counts its kinds from 1, .NET from 0.
        Kind = (int)span.Kind + 1,
        StartTimeUnixNano = Nanoseconds(span.StartTimeUtc),
        EndTimeUnixNano = Nanoseconds(span.StartTimeUtc + span.Duration),
        Attributes = span.TagObjects.Where(tag => tag.Value is not null).Select(tag => Attribute(tag.Key, tag.Value!)).ToArray(),
        Status = span.Status == ActivityStatusCode.Unset ? null : new { Code = (int)span.Status, Message = span.StatusDescription },
    };

    private static object Attribute(string key, object value) => new
    {
        Key = key,
        Value = value switch
        {
            bool flag => (object)new { BoolValue = flag },
            int or long => new { IntValue = Text(value) },
            float or double => new { DoubleValue = value },
            _ => new { StringValue = Text(value) },
        },
    };

    private static string Nanoseconds(DateTime utc) => Text((utc - DateTime.UnixEpoch).Ticks * 100);

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
