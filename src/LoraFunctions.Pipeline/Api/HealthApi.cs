using Azure;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Whether a night could run now.</summary>
/// <param name="Checks">By what was looked at: <c>ok</c>, or what is wrong and what to do.</param>
/// <param name="Paused">Null when nights are started.</param>
public sealed record Health(bool Healthy, IReadOnlyDictionary<string, string> Checks, NightPause? Paused);

/// <summary>For probes and people.</summary>
public sealed class HealthApi(BlobStore blobs, BaseModelCatalog models, IOptions<NightlyOptions> options)
{
    private const string Ok = "ok";

    internal IReadOnlyList<ApiEndpoint> Endpoints =>
        [new("GET", "health", "getHealth", "Whether storage, models and configuration are there; 503 where not.", 200, typeof(Health), GetAsync)];

    private async Task<ApiResult> GetAsync(ApiCall call)
    {
        var checks = new Dictionary<string, string>();
        foreach (var (name, model) in new[] { ("baseModel", options.Value.BaseModel), ("clip", options.Value.Clip) })
        {
            checks[name] = await CheckAsync(async () => await models.ResolveAsync(model, call.Cancelled));
        }

        foreach (var file in new[] { BlobNames.TrainingDefaults, BlobNames.LabelTable, BlobNames.Comparisons })
        {
            checks[$"config/{file}"] = await CheckAsync(async () =>
                _ = await blobs.StatAsync(ContainerNames.Config, file, call.Cancelled) ?? throw new MissingBlobException(ContainerNames.Config, file, blobs.Uri));
        }

        NightPause? paused = null;
        checks["storage"] = await CheckAsync(async () => paused = await blobs.TryReadJsonAsync<NightPause>(ContainerNames.Jobs, BlobNames.NightPause, call.Cancelled));
        var healthy = checks.Values.All(c => c == Ok);
        return new ApiResult(healthy ? 200 : 503, new Health(healthy, checks, paused));
    }

    /// <summary>Who asks without a key learns no address.</summary>
    private static async Task<string> CheckAsync(Func<Task> look)
    {
        try
        {
            await look();
            return Ok;
        }
        catch (MissingBlobException)
        {
            return "it is missing in the storage";
        }
        catch (Exception e) when (e is RequestFailedException || StorageFaults.IsTransient(e))
        {
            return "the storage does not answer";
        }
        catch (InvalidDataException)
        {
            return "it cannot be read";
        }
    }
}
