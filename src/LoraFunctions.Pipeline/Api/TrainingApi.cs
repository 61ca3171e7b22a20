using System.Globalization;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Storage;
using LoraFunctions.Pipeline.Training;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Training on demand: started, looked at, spoken to, ended.</summary>
public sealed class TrainingApi(BlobStore blobs, BlobLinks links, TimeProvider time, IOptions<NightlyOptions> options)
{
    private static readonly string[] s_actions = ["continue", "stop", "learningRate"];

    internal IReadOnlyList<ApiEndpoint> Endpoints =>
    [
        new("POST", "trainings", "startTraining", "Trains a car model on its data set, or on an uploaded set.", 202, typeof(Started), StartAsync,
            typeof(StartTrainingRequest), """{"modelKey": "tesla-model-y-2024", "overrides": {"epochs": 10}, "idempotencyKey": "monday-1"}"""),
        new("GET", "trainings/{id}", "getTraining", "Stage, step, loss and samples of a training; of a night's, by its instance.", 200, typeof(TrainingView), GetAsync),
        new("POST", "trainings/{id}/review", "reviewTraining", "A person's word: go on, stop, or another learning rate. If-Match takes the ETag of GET.", 200,
            typeof(Reviewed), ReviewAsync, typeof(ReviewRequest), """{"action": "stop", "by": "Li Wei", "reason": "the lamps are right since epoch 5"}"""),
        new("DELETE", "trainings/{id}", "cancelTraining", "Ends a training without a LoRA.", 202, typeof(Started), CancelAsync,
            Query: new Dictionary<string, string> { ["by"] = "Who wants it ended." }),
    ];

    private async Task<ApiResult> StartAsync(ApiCall call)
    {
        var body = call.Body;
        var modelKey = body.Text("modelKey", required: false);
        var upload = body.Text("upload", required: false);
        var overrides = TrainingOverrides.Read(body);
        var key = ApiIds.IdempotencyKey(call);
        if ((modelKey is null) == (upload is null))
        {
            body.Error("modelKey", "give either modelKey, or upload.");
        }
        else if (modelKey is not null && await KnownModels.ProblemAsync(blobs, modelKey, call.Cancelled) is { } problem)
        {
            body.Error("modelKey", problem);
        }

        Vehicle? vehicle = null;
        if (upload is not null && (!UploadApi.IsId(upload) || (vehicle = await VehicleAsync(upload, call.Cancelled)) is null))
        {
            body.Error("upload", $"there is no upload '{upload}'; POST uploads gives its id.");
        }

        if (body.Refused() is { } refused)
        {
            return refused;
        }

        var blob = overrides.Length == 0 ? null : await blobs.PutIfAbsentAsync(
            ContainerNames.Jobs, BlobNames.TrainingOverridesOnce(Digests.OfBytes(overrides)), overrides, headers: null, call.Cancelled);
        var input = new TrainingInput(vehicle is null ? modelKey! : ModelKeys.Of(vehicle.Make, vehicle.Model, vehicle.Generation), Night: null, key)
        {
            Upload = upload,
            Overrides = blob is null ? null : blob.Ref with { ETag = "" },
        };
        var id = InstanceIds.TrainOnDemand(upload ?? modelKey!, key);

        // Without a key, one that ended is started again and finds its result when nothing changed; with a key it is one training, ended or not.
        var unless = key.Length > 0 ? EngineStarts.RunningOrCompleted : EngineStarts.Running;
        var started = await call.Engine.StartOnceAsync(nameof(TrainingOrchestrator), input, id, unless, call.Cancelled);
        if (!started && await call.Engine.GetInstanceAsync(id, getInputsAndOutputs: true, call.Cancelled) is { SerializedInput: { } json }
            && ContractJson.Deserialize<TrainingInput>(json) != input)
        {
            return ApiResult.Conflict($"Training '{id}' was started with other settings{(key.Length > 0 ? " under this idempotency key; take another key" : " and still runs; wait for it, or give an idempotency key")}.");
        }

        return ApiResult.Accepted(new Started(id, AlreadyThere: !started), Path(id));
    }

    private async Task<ApiResult> GetAsync(ApiCall call)
    {
        if (await FindAsync(call) is not { } found)
        {
            return Unknown(call);
        }

        var (instance, jobId) = found;
        var progress = jobId is null ? null : await blobs.TryReadJsonAsync<JobProgressReport>(ContainerNames.Jobs, BlobNames.JobStatus(jobId), call.Cancelled);
        var control = jobId is null ? null : await blobs.StatAsync(ContainerNames.Jobs, BlobNames.JobControl(jobId), call.Cancelled);
        var view = new TrainingView(
            call.Route["id"],
            instance.RuntimeStatus,
            instance.CreatedAt,
            instance.LastUpdatedAt,
            jobId,
            progress?.Stage,
            progress?.Done,
            progress?.Total,
            progress?.Loss,
            progress?.EndsAt,
            jobId is null ? [] : await SamplesAsync(jobId, call.Cancelled),
            instance.Name == nameof(TrainingOrchestrator) ? instance.Outcome<CarModelOutcome>() : null,
            instance.FailureReason());
        return ApiResult.Ok(view, control?.ETag ?? JobControl.None);
    }

    private async Task<ApiResult> ReviewAsync(ApiCall call)
    {
        var body = call.Body;
        var action = body.Word("action", s_actions);
        var rate = body.Number("learningRate", moreThan: 0, most: 1);
        var by = body.Text("by", required: true);
        var reason = body.Text("reason", required: false, maxLength: 500);
        if (action is not null && (action == "learningRate") != body.Has("learningRate"))
        {
            body.Error("learningRate", "it goes with the action learningRate, and only with it.");
        }

        if (body.Refused() is { } refused)
        {
            return refused;
        }

        if (await FindAsync(call) is not { } found)
        {
            return Unknown(call);
        }

        if (found.JobId is not { } jobId || found.Instance.IsCompleted)
        {
            return ApiResult.Conflict(found.Instance.IsCompleted ? "The training has ended." : "The training is not on the queue yet; try again in a moment.");
        }

        var control = new JobControl(action == "stop" ? true : null, action == "continue" ? true : null, rate, by!, reason);
        return await control.WriteAsync(blobs, jobId, call.Header("If-Match"), call.Cancelled) is { } etag
            ? ApiResult.Ok(new Reviewed(call.Route["id"], jobId, etag), etag)
            : ApiResult.Problem(412, "Somebody else was faster.", "Another word was said since; GET the training, look at it, and say yours with its ETag.");
    }

    /// <summary>
    /// The job's result says that it was cancelled, before the worker can say anything else: it adopts what is there. Then the worker is told to
    /// stop, and whoever waits for the job is woken.
    /// </summary>
    private async Task<ApiResult> CancelAsync(ApiCall call)
    {
        if (await FindAsync(call) is not { } found)
        {
            return Unknown(call);
        }

        var (instance, jobId) = found;
        var id = call.Route["id"];
        if (instance.IsCompleted)
        {
            return ApiResult.Conflict("The training has ended.");
        }

        var by = call.Query.GetValueOrDefault("by") is { Length: > 0 and <= 200 } name && !name.Any(char.IsControl) ? name : "somebody";
        if (jobId is null)
        {
            await call.Engine.TerminateInstanceAsync(id, $"cancelled by {by}", call.Cancelled);
            return ApiResult.Accepted(new Started(id, AlreadyThere: false), Path(id));
        }

        var now = time.GetUtcNow();
        var cancelled = new JobResult(
            JobResult.CurrentSchemaVersion, jobId, JobKind.Train, JobStatus.Failed, Attempt: 0, $"cancelled by {by}", [], new Dictionary<string, double>(), new JobTimes(now, now));
        var stored = await blobs.PutJsonIfAbsentAsync(ContainerNames.Jobs, BlobNames.JobResult(jobId), cancelled, call.Cancelled);
        if (!stored.Created)
        {
            return ApiResult.Conflict("The training has its result already.");
        }

        await JobControl.StopIt(by, "cancelled").WriteAsync(blobs, jobId, seen: "*", call.Cancelled);
        var waiting = instance.Name == nameof(GpuJobOrchestrator) ? id : InstanceIds.GpuJob(id, JobKind.Train);
        for (var attempt = 1; attempt <= options.Value.MaxJobAttempts; attempt++)
        {
            var done = GpuJobOrchestrator.DoneEvent(attempt);
            await call.Engine.RaiseEventAsync(waiting, done, new ResultMessage(ResultMessage.CurrentSchemaVersion, jobId, waiting, done), call.Cancelled);
        }

        return ApiResult.Accepted(new Started(id, AlreadyThere: false), Path(id));
    }

    /// <summary>A training on demand, or one of a night by its GPU job's instance; with the job once there is one.</summary>
    private static async Task<(OrchestrationMetadata Instance, string? JobId)?> FindAsync(ApiCall call)
    {
        var id = call.Route["id"];
        var instance = ApiIds.IsInstance(id) ? await call.Engine.GetInstanceAsync(id, getInputsAndOutputs: true, call.Cancelled) : null;
        return instance?.Name switch
        {
            nameof(TrainingOrchestrator) => (instance, instance.SerializedCustomStatus is { } status ? ContractJson.Deserialize<string>(status) : instance.Outcome<CarModelOutcome>()?.JobId),
            nameof(GpuJobOrchestrator) when ContractJson.Deserialize<GpuJobInput>(instance.SerializedInput!).Job is { Kind: JobKind.Train } job => (instance, job.JobId),
            _ => null,
        };
    }

    private async Task<IReadOnlyList<SampleLink>> SamplesAsync(string jobId, CancellationToken cancellationToken)
    {
        var samples = new List<SampleLink>();
        foreach (var blob in await blobs.ListAsync(ContainerNames.Jobs, $"{jobId}/", cancellationToken))
        {
            if (blob.Name.Contains($"/{ArtefactNames.SamplesFolder}/", StringComparison.Ordinal))
            {
                samples.Add(new SampleLink(blob.Name[(blob.Name.LastIndexOf('/') + 1)..], await links.ReadAsync(ContainerNames.Jobs, blob.Name, cancellationToken)));
            }
        }

        return [.. samples.DistinctBy(s => s.Name).OrderBy(s => s.Name, StringComparer.Ordinal)];
    }

    private async Task<Vehicle?> VehicleAsync(string upload, CancellationToken cancellationToken) =>
        await blobs.TryReadAsync(ContainerNames.VehiclePhotos, BlobNames.Vehicle(upload), cancellationToken) is { } read ? VehicleReader.Read(read.Content, time.GetUtcNow()) : null;

    private static ApiResult Unknown(ApiCall call) => ApiResult.NotFound($"There is no training '{call.Route["id"]}'. Ids are given by POST trainings.");

    private static string Path(string id) => string.Create(CultureInfo.InvariantCulture, $"/{LoraApi.Prefix}/trainings/{Uri.EscapeDataString(id)}");
}
