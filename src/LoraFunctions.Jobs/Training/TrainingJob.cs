using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Models;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Jobs.Training.Data;
using LoraFunctions.Jobs.Training.Log;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraFunctions.Jobs.Training;

/// <summary>
/// Trains a LoRA from YAML and photos. Whatever checkpoint lies in the checkpoints folder is gone on with; the result is the same, bit for
/// bit, as without the interruption.
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
    /// <exception cref="NonRetriableJobException">
    /// A loss was not finite, a person stopped it before its first step, or memory ran out.
    /// </exception>
    /// <exception cref="IOException">A file cannot be written, for example on a full disk; what a checkpoint holds is kept.</exception>
    public TrainingResult Run(
        TrainingRequest request,
        IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var plan = TrainingPlan.Read(request, progress, cancellationToken);
        using var folders = Begin(plan);
        try
        {
            return Train(plan, progress, cancellationToken);
        }
        catch (Exception exception) when (TrainingAdvice.IsOutOfMemory(exception))
        {
            throw TrainingAdvice.OutOfMemory(plan.Configuration, exception);
        }
    }

    /// <summary>For before a row of trainings: everything that <see cref="Run"/> would find wrong before it trains, of all of them.</summary>
    /// <exception cref="InvalidJobInputException">All problems of all requests.</exception>
    public void Check(IReadOnlyList<TrainingRequest> requests, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var problems = new Problems();
        var outputs = new List<string>();
        foreach (var request in requests)
        {
            try
            {
                var plan = TrainingPlan.Read(request, progress, cancellationToken);
                outputs.Add(plan.Configuration.OutputDir);
                Begin(plan).Dispose();
            }
            catch (InvalidJobInputException exception)
            {
                problems.Add(exception);
            }
            catch (TrainingCheckpointException exception)
            {
                problems.Add(exception.Message);
            }
        }

        foreach (var twice in outputs.GroupBy(o => o, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"output_dir: {twice.Key} is named by {twice.Count()} models; give each its own.");
        }

        // The defaults that several YAMLs start from, and the base model they share, are wrong once.
        if (problems.Count > 0)
        {
            throw new InvalidJobInputException([.. problems.Lines.Distinct(StringComparer.Ordinal)]);
        }
    }

    /// <summary>Takes the folders, and looks whether what lies there is this training's.</summary>
    private TrainingFolders Begin(TrainingPlan plan)
    {
        if (TrainingCheckpoint.Newest(plan.CheckpointsFolder) is null && plan.Request.ControlFile is null)
        {
            Control(plan).ThrowIfStoppedBefore();
        }

        var folders = TrainingFolders.Take([plan.Configuration.OutputDir, .. plan.Request.CheckpointsFolder is { } elsewhere ? [elsewhere] : Array.Empty<string>()]);
        try
        {
            TrainingCheckpoint.CheckBelongsTo(plan.CheckpointsFolder, plan.Run);
            return folders;
        }
        catch
        {
            folders.Dispose();
            throw;
        }
    }

    private TrainingResult Train(TrainingPlan plan, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        using var model = BaseModels.Load(plan.Configuration.BaseModel, plan.Configuration.Precision);
        using var latents = new CachedLatents();
        using var text = new TextConditions(model.TextEncoder, caption => model.Tokenizer.EncodeRow(caption));

        // What only the beginning needs goes before the training: the VAE, and the text encoder where captions stay as they are.
        using var start = Start(plan.Configuration);
        var run = plan.RunOn(model, latents.Encode(plan, model.Vae, progress, cancellationToken)) with { Start = start };
        model.ReleaseVae();
        WarnOfCutCaptions(plan, model);
        text.Remember(plan.Photos.Photos.Select(photo => photo.Caption).Append(""), cancellationToken);
        var encodesText = run.Options is { TextEncoderLearningRate: not null } or { ShuffleCaption: true };
        if (!encodesText)
        {
            text.ReleaseEncoder();
            model.ReleaseTextEncoder();
        }

        var samples = new TrainingSamples(plan, model, encodesText, cancellationToken);
        using var log = new StepLog(
            Path.Combine(plan.CheckpointsFolder, TrainingReporter.LogName(plan.Name)),
            new TensorBoardLog(Path.Combine(plan.Configuration.OutputDir, TensorBoardLog.NameFor(plan.Name))));
        try
        {
            var trainer = new LoraTrainer(model.Unet, text, new DiffusionObjective { VPrediction = model.Prediction == PredictionType.VPrediction })
            {
                CheckpointFolder = plan.CheckpointsFolder,
                Callback = new TrainingReporter(plan, log, samples, progress, _logger),
                Control = Control(plan).Read,
                Time = _time,
            };
            Begun?.Invoke(model);
            using var result = trainer.Train(run, cancellationToken);
            if (result.Steps == 0)
            {
                // Without a step a LoRA is the random numbers it began with.
                throw TrainingAdvice.StoppedBeforeItsFirstStep(plan, result);
            }

            samples.CopyTo(plan.Configuration.OutputDir, result.Epochs);
            return TrainingOutput.Write(plan, result, log, model);
        }
        catch (LoraException exception)
        {
            throw new InvalidJobInputException($"start_from: {plan.Configuration.StartFrom}: {exception.Message}", exception);
        }
        catch (TrainingDivergedException exception)
        {
            using var result = exception.Result;
            throw new NonRetriableJobException(exception.Message + TrainingAdvice.GoOnMoreSlowly(plan, result), exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Training cannot write its files: {exception.Message.TrimEnd('.')}. Make room there, or give the right to write, then start "
                    + "again: it goes on from its last checkpoint.",
                exception);
        }
    }

    private static LoraWeights? Start(TrainingConfiguration configuration)
    {
        try
        {
            return configuration.StartFrom.Length == 0 ? null : LoraFile.Load(configuration.StartFrom);
        }
        catch (Exception exception) when (exception is LoraException or CheckpointException)
        {
            throw new InvalidJobInputException($"start_from: {exception.Message}", exception);
        }
    }

    private ControlFile Control(TrainingPlan plan) => new(plan.ControlFile, problem => TrainingEvents.ControlIgnored(_logger, problem));

    private void WarnOfCutCaptions(TrainingPlan plan, StableDiffusionModel model)
    {
        // Both marks take a place.
        var cut = plan.Photos.Photos.Where(p => model.Tokenizer.Encode(p.Caption).Count > model.Tokenizer.MaxLength - 2).ToArray();
        if (cut.Length > 0)
        {
            TrainingEvents.CaptionsCut(_logger, plan.Name, cut.Length, cut[0].FileName);
        }
    }
}
