using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Pipeline.Api;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>Everything a host needs of the pipeline, beside <see cref="PipelineTasks"/> and its own client of the engine.</summary>
public static class PipelineServices
{
    /// <summary>Section of the gate's limits, <see cref="GateOptions"/>.</summary>
    public const string GateSection = "Gate";

    /// <summary>
    /// Options come from the host's configuration: <see cref="StorageOptions.Section"/>, <see cref="NightlyOptions.Section"/> and
    /// <see cref="GateSection"/>; they are checked when the host starts, all errors at once.
    /// </summary>
    public static IServiceCollection AddLoraPipeline(this IServiceCollection services)
    {
        services.AddLoraStorage();
        services.AddSettings<NightlyOptions>(NightlyOptions.Section);
        services.AddSettings<GateOptions>(GateSection);
        services.AddSingleton<IValidateOptions<NightlyOptions>, NightlyOptionsValidator>();
        services.AddSingleton<IValidateOptions<GateOptions>, GateOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BaseModelCatalog>();
        services.TryAddSingleton(s => new JobQueue(s.GetRequiredService<QueueServiceClient>(), s.GetRequiredService<IOptions<StorageOptions>>().Value.ResultQueue));
        services.TryAddSingleton<JobStore>();
        services.TryAddSingleton<DatasetStore>();
        services.TryAddSingleton<LoraStore>();
        services.TryAddSingleton<AssetLibrary>();
        services.TryAddSingleton<BlobLinks>();
        services.TryAddSingleton<LibraryReader>();
        services.TryAddSingleton<TrainingApi>();
        services.TryAddSingleton<UploadApi>();
        services.TryAddSingleton<HealthApi>();
        services.TryAddSingleton(s => new ComparisonApi(
            s.GetRequiredService<BlobStore>(), s.GetRequiredService<ComparisonRules>(), s.GetRequiredService<DatasetStore>(), s.GetRequiredService<LoraStore>()));
        services.TryAddSingleton(s => new LibraryApi(
            s.GetRequiredService<BlobStore>(),
            s.GetRequiredService<LibraryReader>(),
            s.GetRequiredService<BlobLinks>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<IOptions<NightlyOptions>>()));
        services.TryAddSingleton<LoraApi>();
        services.TryAddSingleton<ComparisonRules>();
        services.TryAddSingleton<JudgingPhotos>();
        services.TryAddSingleton<ChangedListings>();
        services.TryAddSingleton<NightPlanner>();
        services.TryAddSingleton(s => new NightForecaster(
            s.GetRequiredService<NightPlanner>(),
            s.GetRequiredService<DatasetStore>(),
            s.GetRequiredService<LoraStore>(),
            s.GetRequiredService<JobStore>(),
            s.GetRequiredService<ComparisonRules>(),
            s.GetRequiredService<IOptions<NightlyOptions>>()));
        services.TryAddSingleton<NightApi>();
        services.TryAddSingleton(s => new ListingEvents(s.GetRequiredService<ChangedListings>()));
        return services;
    }

    /// <summary>Blobs and queues alone, for a host that runs no orchestrations: the worker. Options come from <see cref="StorageOptions.Section"/>.</summary>
    public static IServiceCollection AddLoraStorage(this IServiceCollection services)
    {
        // The Functions host reads the rest of an identity-based connection from the same section.
        services.AddSettings<StorageOptions>(StorageOptions.Section, "credential", "accountName", "tableServiceUri", "managedIdentityResourceId", "tenantId");
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.TryAddSingleton<BlobServiceClient>(s => StorageClients.Blobs(s.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.TryAddSingleton<QueueServiceClient>(s => StorageClients.Queues(s.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.TryAddSingleton<BlobStore>();
        return services;
    }

    private sealed class GateOptionsValidator : IValidateOptions<GateOptions>
    {
        public ValidateOptionsResult Validate(string? name, GateOptions options) =>
            options.Validate() is { Count: > 0 } errors ? ValidateOptionsResult.Fail(errors.Select(e => $"Gate: {e}")) : ValidateOptionsResult.Success;
    }
}
