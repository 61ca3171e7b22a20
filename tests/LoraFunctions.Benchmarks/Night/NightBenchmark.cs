using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using DurableTask.Core;
using LoraFunctions.Cli.Azurite;
using LoraFunctions.Cli.Hosting;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Benchmarks.Night;

/// <summary>
/// Whole nights of the real orchestrators with activities that answer at once: what is left is the engine. Each car model has one listing and
/// one training, and is compared with its neighbour in one scene.
/// </summary>
internal static class NightBenchmark
{
    private const string Date = "2025-03-02";

    public static void Run(string[] arguments)
    {
        int[] sizes = arguments.Length > 0 ? [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))] : [250, 1_000];
        NightOnceAsync(100, new InMemoryOrchestrationService()).GetAwaiter().GetResult(); // warm
        TimeSpan first = TimeSpan.Zero;
        foreach (int models in sizes)
        {
            TimeSpan took = NightOnceAsync(models, new InMemoryOrchestrationService()).GetAwaiter().GetResult();
            first = first == TimeSpan.Zero ? took : first;
            Console.WriteLine($"  {took / first:0.00} times the first");
        }
    }

    public static void RunOnAzurite(string[] arguments) =>
        OnAzuriteAsync(arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100).GetAwaiter().GetResult();

    private static async Task OnAzuriteAsync(int listings)
    {
        await using AzuriteServer azurite = await AzuriteServer.StartInMemoryAsync();
        await NightOnceAsync(listings, store: null, azurite.ConnectionString);
    }

    /// <returns>Seconds of the processor: other work on the machine does not count.</returns>
    private static async Task<TimeSpan> NightOnceAsync(int models, IOrchestrationService? store, string? connection = null)
    {
        var calls = new ConcurrentDictionary<string, int>();
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "System.Net.Http", Name: "http.client.request.duration" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<double>((_, _, tags, _) => calls.AddOrUpdate(Kind(tags), 1, (_, count) => count + 1));
        meter.Start();

        DurableTaskClient? client = null;
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton(Options.Create(new StorageOptions { ConnectionString = connection }));
        if (store is not null)
        {
            services.AddSingleton(store);
        }

        await using ServiceProvider provider = services.AddNightEngine("benchmark", registry => Register(registry, models, () => client!)).BuildServiceProvider();
        client = provider.GetRequiredService<DurableTaskClient>();
        var host = provider.GetRequiredService<IHostedService>();
        await host.StartAsync(CancellationToken.None);

        var watch = Stopwatch.StartNew();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        var settings = new NightSettings(16, 4, 8, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1));
        var options = new StartOrchestrationOptions("nightly-20250302");
        await client.ScheduleNewOrchestrationInstanceAsync(nameof(NightOrchestrator), new NightInput(Date, null, settings), options);
        OrchestrationMetadata ended = await client.WaitForInstanceCompletionAsync("nightly-20250302", getInputsAndOutputs: true);
        TimeSpan took = watch.Elapsed;
        processor = Environment.CpuUsage.TotalTime - processor;
        NightOutcome outcome = ContractJson.Deserialize<NightOutcome>(
            ended.SerializedOutput ?? throw new InvalidOperationException($"The night failed: {ended.FailureDetails}"));
        await host.StopAsync(CancellationToken.None);

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{models} models: {took.TotalSeconds:0.0} s in the engine ({processor.TotalSeconds:0.0} of the processor), {outcome.Pictures} pictures, {outcome.Problems} problems, "
                + $"{GC.GetTotalMemory(forceFullCollection: true) / 1e6:0} MB of objects, {calls.Values.Sum()} storage calls ({(double)calls.Values.Sum() / models:0.0} a model"
                + $"{string.Concat(calls.OrderByDescending(c => c.Value).Select(c => $"; {c.Key} {(double)c.Value / models:0.0}"))})"));
        return processor;
    }

    private static string Kind(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (method, port, status) = ("", "", "");
        foreach (var (key, value) in tags)
        {
            (method, port, status) = key switch
            {
                "http.request.method" => ($"{value}", port, status),
                "server.port" => (method, $"{value}", status),
                "http.response.status_code" => (method, port, $"{value}"),
                _ => (method, port, status),
            };
        }

        return $"{method} {port} {status}";
    }

    /// <summary>The activities by their names; the GPU's word comes as an event, as it does in a night.</summary>
    private static void Register(DurableTaskRegistry registry, int models, Func<DurableTaskClient> client)
    {
        string[] keys = [.. Enumerable.Range(0, models).Select(i => $"model-{i:0000}")];
        registry
            .AddOrchestrator<NightOrchestrator>()
            .AddOrchestrator<ListingsOrchestrator>()
            .AddOrchestrator<DatasetsOrchestrator>()
            .AddOrchestrator<TrainAndRenderOrchestrator>()
            .AddOrchestrator<TrainingOrchestrator>()
            .AddOrchestrator<GpuJobOrchestrator>();
        registry.AddActivityFunc<NightInput, NightPlan>(
            "PlanNight", (_, night) => new NightPlan(
                night.Date,
                [.. keys.Select(k => new PlannedListing($"{k}-1", k, "key", new Vehicle(1, k, "x", "", 2025, "suv", 1, true, [], DateTimeOffset.UnixEpoch)))],
                keys,
                new Dictionary<string, IReadOnlyList<string>>(),
                []));
        registry.AddActivityFunc<PlannedListing, GatedListing>("GateListing", (_, listing) => new GatedListing(Blob(listing.ListingId), 60, 3));
        registry.AddActivityFunc<BlobRef, PreparedJob>("PrepareLabelJob", (_, report) => Job(JobKind.Label, report.Name));
        registry.AddActivityFunc<AssembleDatasetInput, AssembledDataset>("AssembleDataset", (_, input) => new AssembledDataset(input.ModelKey, 60, []));
        registry.AddActivityFunc<TrainingInput, PreparedTraining>(
            "PrepareTrainJob", (_, input) => new PreparedTraining(input.ModelKey, input.ModelKey, TrainingDue.Now, 60, null, Job(JobKind.Train, input.ModelKey), null));
        registry.AddActivityFunc<PublishLoraInput, BlobRef>("PublishLora", (_, input) => Blob(input.ModelKey));
        registry.AddActivityFunc<PlanComparisonsInput, ComparisonPlan>(
            "PlanComparisons", (_, _) => new ComparisonPlan([.. keys.Chunk(2).Where(c => c.Length == 2).Select(c => new ChosenPair(c[0], c[1], ["street"], "wide"))], []));
        registry.AddActivityFunc<ChosenPair, IReadOnlyList<PreparedComparison>>(
            "PrepareRenderJobs", (_, pair) => [.. pair.Scenes.Select(s => new PreparedComparison(s, Job(JobKind.Render, pair.Left)))]);
        registry.AddActivityFunc<SubmitGpuJobInput, JobObservation>("SubmitGpuJob", (context, input) =>
        {
            var done = new ResultMessage(1, input.Job.JobId, context.InstanceId, input.EventName);
            _ = client().RaiseEventAsync(context.InstanceId, input.EventName, done);
            return JobObservation.NoResult;
        });
        registry.AddActivityFunc<PreparedJob, JobObservation>("ReadJobResult", (_, _) => new JobObservation(JobStatus.Succeeded, null, TimeSpan.FromMinutes(20)));
        registry.AddActivityFunc<PublishNightInput, PublishedNight>("PublishNight", (_, input) => new PublishedNight(input.Comparisons.Count, Blob("manifest"), []));
        registry.AddActivityFunc<NightReport, BlobRef>("WriteNightReport", (_, _) => Blob("report"));
    }

    private static PreparedJob Job(JobKind kind, string subject) =>
        new($"{kind}-{subject}".ToLowerInvariant(), kind, Blob(subject), TimeSpan.FromHours(2), 2);

    private static BlobRef Blob(string name) => new("jobs", name, "\"0x8DC3A2B1C0D9E8F\"", Digests.OfText(name));
}
