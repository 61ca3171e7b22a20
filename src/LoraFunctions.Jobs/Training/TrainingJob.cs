using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Models;
using LoraFunctions.Jobs.Training.Data;
using LoraFunctions.Jobs.Training.Log;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Trains LoRAs from YAML and photos: one, or several in one pass over the shared base model. Whatever checkpoint lies in the checkpoints
/// folder is gone on with; the result is the same, bit for bit, as without the interruption.
/// </summary>
public sealed class TrainingJob(ILogger? logger = null, TimeProvider? time = null) : IJob<TrainingRequest, TrainingResult>
{
    /// <summary>Below the output folder, where the request names no other.</summary>
    public const string CheckpointsFolder = "checkpoints";

    /// <summary>In the output folder, where the request names no other.</summary>
    public const string ControlFileName = "control.json";

    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Told the model when training begins; tests look at what of it is still loaded.</summary>
    internal Action<StableDiffusionModel>? Begun { get; init; }

    /// <inheritdoc/>
    /// <exception cref="InvalidJobInputException">
    /// Configuration, captions, photos or base model are wrong; all problems, before anything is trained.
    /// </exception>
    /// <exception cref="TrainingCheckpointException">A checkpoint cannot be written or read, or belongs to another training.</exception>
    public TrainingResult Run(
        TrainingRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default) => RunTogether([request], progress, cancellationToken)[0];

    /// <summary>
    /// Trains several models in one pass; they must share the base model. Their checkpoints lie together in the folder of the first by name,
    /// so that the order they are given in makes no difference.
    /// </summary>
    /// <exception cref="InvalidJobInputException">As <see cref="Run"/>, over all requests.</exception>
    /// <exception cref="NonRetriableJobException">
    /// A loss was not finite, or a person stopped a model before its first step (the results of the other models are written); or memory
    /// ran out.
    /// </exception>
    /// <exception cref="IOException">A file cannot be written, for example on a full disk; what a checkpoint holds is kept.</exception>
    public IReadOnlyList<TrainingResult> RunTogether(
        IReadOnlyList<TrainingRequest> requests,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var given = TrainingPlan.Read(requests, progress, cancellationToken);
        TrainingPlan[] plans = [.. given.OrderBy(p => p.Name, StringComparer.Ordinal)];
        var control = new ControlFiles(plans, problem => TrainingEvents.ControlIgnored(_logger, problem));
        if (TrainingCheckpoint.Newest(CheckpointsOf(plans)) is null)
        {
            control.ThrowIfStoppedBefore();
        }

        using var folders = TrainingFolders.Take(
            plans.Select(p => p.Configuration.OutputDir).Concat(plans.Select(p => p.Request.CheckpointsFolder).OfType<string>()));
        TrainingCheckpoint.CheckBelongsTo(CheckpointsOf(plans), [.. plans.Select(p => p.Run)]);
        try
        {
            var results = RunTogether(plans, control, progress, cancellationToken);
            return [.. given.Select(p => results[Array.IndexOf(plans, p)])];
        }
        catch (Exception exception) when (TrainingAdvice.IsOutOfMemory(exception))
        {
            throw TrainingAdvice.OutOfMemory(plans, exception);
        }
    }

    private IReadOnlyList<TrainingResult> RunTogether(
        IReadOnlyList<TrainingPlan> plans,
        ControlFiles control,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var model = BaseModels.Load(plans[0].Configuration.BaseModel, plans[0].Configuration.Precision);
        using var latents = new CachedLatents();
        using var text = new TextConditions(model.TextEncoder, caption => model.Tokenizer.EncodeRow(caption));

        var runs = plans.Select(plan => Prepare(plan, model, latents, progress, cancellationToken)).ToArray();
        model.ReleaseVae();
        WarnOfCutCaptions(plans, model);
        text.Remember(plans.SelectMany(p => p.Photos.Photos.Select(photo => photo.Caption)).Append(""), cancellationToken);
        var encodesText = runs.Any(r => r.Options is { TextEncoderLearningRate: not null } or { ShuffleCaption: true });
        if (!encodesText)
        {
            text.ReleaseEncoder();
            model.ReleaseTextEncoder();
        }

        var checkpoints = CheckpointsOf(plans);
        var samples = new TrainingSamples(model, encodesText, checkpoints, cancellationToken);
        var logs = plans.ToDictionary(p => p.Name, p => Log(p, checkpoints), StringComparer.Ordinal);
        try
        {
            var trainer = new LoraTrainer(
                model.Unet,
                text,
                new DiffusionObjective { VPrediction = model.Prediction == PredictionType.VPrediction })
            {
                CheckpointFolder = checkpoints,
                Observer = new TrainingReporter(
                    checkpoints,
                    plans,
                    logs,
                    samples,
                    [.. plans.Select(p => p.Request.Observer).OfType<ITrainingObserver>()],
                    progress,
                    _logger),
                Control = control,
                Time = _time,
            };
            Begun?.Invoke(model);
            return Train(
                trainer,
                runs,
                plans,
                samples,
                logs,
                model,
                cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Training cannot write its files: {exception.Message.TrimEnd('.')}. Make room there, or give the right to write, then start "
                    + "again: it goes on from its last checkpoint.",
                exception);
        }
        finally
        {
            foreach (var log in logs.Values)
            {
                log.Dispose();
            }
        }
    }

    private static string CheckpointsOf(IReadOnlyList<TrainingPlan> plans) =>
        plans[0].Request.CheckpointsFolder ?? Path.Combine(plans[0].Configuration.OutputDir, CheckpointsFolder);

    private static LoraTrainingRun Prepare(
        TrainingPlan plan,
        StableDiffusionModel model,
        CachedLatents latents,
        IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        var examples = latents.Encode(plan, model.Vae, progress, cancellationToken);
        var run = plan.Run;
        return run with
        {
            Examples = [.. examples.Where(e => !plan.HeldOut.Contains(e.Name))],
            HeldOut = [.. examples.Where(e => plan.HeldOut.Contains(e.Name))],
            Inputs = new Dictionary<string, string>(run.Inputs, StringComparer.Ordinal) { ["the digest of base_model"] = model.Sha256 },
        };
    }

    private static IReadOnlyList<TrainingResult> Train(
        LoraTrainer trainer,
        IReadOnlyList<LoraTrainingRun> runs,
        IReadOnlyList<TrainingPlan> plans,
        TrainingSamples samples,
        IReadOnlyDictionary<string, StepLog> logs,
        StableDiffusionModel model,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<LoraTrainingResult> results;
        try
        {
            results = trainer.Train(runs, cancellationToken);
        }
        catch (TrainingDivergedException exception)
        {
            Write(exception.Results);
            throw new NonRetriableJobException(exception.Message + TrainingAdvice.GoOnMoreSlowly(plans, exception.Results), exception);
        }

        var loras = Write(results);
        if (results.Where(r => r.Steps == 0).ToArray() is { Length: > 0 } untrained)
        {
            throw TrainingAdvice.StoppedBeforeItsFirstStep(untrained, plans);
        }

        return loras;

        List<TrainingResult> Write(IReadOnlyList<LoraTrainingResult> all)
        {
            var written = new List<TrainingResult>();
            foreach (var (result, plan) in all.Zip(plans))
            {
                using (result)
                {
                    // Without a step a LoRA is the random numbers it began with.
                    if (result.Steps > 0 && result.Outcome != TrainingOutcome.Diverged)
                    {
                        samples.CopyTo(plan, result.Epochs);
                        written.Add(TrainingOutput.Write(plan, result, logs[plan.Name], model));
                    }
                }
            }

            return written;
        }
    }

    private static StepLog Log(TrainingPlan plan, string checkpoints) =>
        new(
            Path.Combine(checkpoints, TrainingReporter.LogName(plan.Name)),
            new TensorBoardLog(Path.Combine(plan.Configuration.OutputDir, TensorBoardLog.NameFor(plan.Name))));

    private void WarnOfCutCaptions(IReadOnlyList<TrainingPlan> plans, StableDiffusionModel model)
    {
        foreach (var plan in plans)
        {
            // Both marks take a place.
            var cut = plan.Photos.Photos.Where(p => model.Tokenizer.Encode(p.Caption).Count > model.Tokenizer.MaxLength - 2).ToArray();
            if (cut.Length > 0)
            {
                TrainingEvents.CaptionsCut(_logger, plan.Name, cut.Length, cut[0].FileName);
            }
        }
    }
}
