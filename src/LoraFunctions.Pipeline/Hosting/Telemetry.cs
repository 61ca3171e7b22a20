using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>
/// What is traced and counted, named after OpenTelemetry's conventions (messaging spans; own names below <c>lora.</c>, units in UCUM). The
/// workbook and the alerts in <c>infra</c> ask for these names.
/// </summary>
public static class Telemetry
{
    /// <summary>Every source and meter of ours begins with it.</summary>
    public const string Prefix = "LoraFunctions";

    /// <summary>Source and meter of this library.</summary>
    public const string Name = Prefix + ".Pipeline";

    /// <summary>The night as a local host sees it: root of its trace. Behind the Functions host, the timer's own span is the root.</summary>
    public const string NightSpan = "night";

    /// <summary>As Functions and the exporters know it. It names a place and a key that lets nothing be read.</summary>
    public const string ConnectionStringKey = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    private static readonly Meter s_meter = new(Name);

    public static ActivitySource Tracing { get; } = new(Name);

    /// <summary>Nights that came to their end, by <c>lora.night.status</c>.</summary>
    internal static Counter<long> Nights { get; } = s_meter.CreateCounter<long>("lora.nights", "{night}");

    /// <summary>Pictures that were published.</summary>
    internal static Counter<long> Pictures { get; } = s_meter.CreateCounter<long>("lora.pictures", "{picture}");

    /// <summary>Photos the gate looked at, by <c>lora.gate.reason</c>: <c>accepted</c>, or why not.</summary>
    internal static Counter<long> GatedPhotos { get; } = s_meter.CreateCounter<long>("lora.gate.photos", "{photo}");

    /// <summary>Jobs put on the queue, by <c>lora.job.kind</c>.</summary>
    internal static Counter<long> SubmittedJobs { get; } = s_meter.CreateCounter<long>("lora.jobs.submitted", "{job}");

    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    /// <summary>Exports traces and metrics to Azure Monitor where the environment names one; else nothing is kept and nothing is set up.</summary>
    /// <param name="service">As <c>service.name</c>.</param>
    /// <param name="connectionString">Null: there is none.</param>
    /// <param name="clientId">Of the user-assigned identity that may publish.</param>
    public static OpenTelemetryBuilder? AddLoraTelemetry(this IServiceCollection services, string service, string? connectionString, string? clientId)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return null;
        }

        void Export(AzureMonitorExporterOptions options)
        {
            options.ConnectionString = connectionString;
            options.Credential = new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId });
        }

        return services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service))
            .WithTracing(tracing => tracing.AddSource($"{Prefix}.*").AddAzureMonitorTraceExporter(Export))
            .WithMetrics(metrics => metrics.AddMeter($"{Prefix}.*").AddAzureMonitorMetricExporter(Export));
    }
}
