using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Trains one LoRA on a frozen base. Everything random follows from (seed, position), so a resumed training ends with the same bits as one
/// that was never interrupted.
/// </summary>
public sealed class LoraTrainer(UNet2DConditionModel unet, TextConditions text, DiffusionObjective objective)
{
    /// <summary>A checkpoint is written at least this often, however long a step takes.</summary>
    public static readonly TimeSpan DefaultSaveInterval = TimeSpan.FromMinutes(5);

    /// <summary>
    /// In fp16 what a loss over 16,384 values asks of each of them, about 1e-5, has only a few bits left, and much of what follows from it none:
    /// the loss is scaled up before the backward pass and the gradients down after it (arXiv 1710.03740), by a power of two, which costs no bit.
    /// bf16 reaches as low as fp32.
    /// </summary>
    private const double Float16LossScale = 1024;

    /// <summary>Where checkpoints are written, and resumed from if there are any; null: none.</summary>
    public string? CheckpointFolder { get; init; }

    public TimeSpan SaveInterval { get; init; } = DefaultSaveInterval;

    public ITrainerCallback? Callback { get; init; }

    /// <summary>A person's word, asked for before every step: cheap, and without throwing.</summary>
    public Func<TrainingControl>? Control { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the file a checkpoint is written to; tests put failing disks here.</summary>
    internal Func<string, Stream>? CreateFile { get; init; }

    /// <summary>Trains on the calling thread until the end. The base model is left as it was.</summary>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="ArgumentException">A run that cannot be trained; every reason is named.</exception>
    /// <exception cref="LoraException">The weights to begin with do not fit; every reason is named.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient was not finite.</exception>
    /// <exception cref="TrainingCheckpointException">A checkpoint cannot be written or read, or belongs to another training.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint of the last finished step was written.</exception>
    public LoraTrainingResult Train(LoraTrainingRun run, CancellationToken cancellationToken = default)
    {
        ThrowIfUnfit(run);
        var options = run.Options;
        var schedule = TrainingSchedule.Of(run);
        var textLayers = options.TextEncoderLearningRate is null ? null : text.AdaptableLayers();
        var layers = LoraLayers.Choose(unet.AdaptableLayers(), options.Targets, textLayers);
        if (run.Start is not null)
        {
            TrainableLora.CheckStart(run.Start, layers, options);
        }

        using var lora = new TrainableLora(layers, options, run.Start);
        using var network = lora.Attach();
        using var checkpointing = new GradientCheckpointing();
        var loss = new DenoisingLoss(unet, text, objective, network, run);
        var lossScale = unet.parameters().First().dtype == ScalarType.Float16 ? Float16LossScale : 1;
        var checkpoints = new CheckpointKeeper(CheckpointFolder, SaveInterval, run, lora, Callback, Time, CreateFile);
        unet.RunBlock = options.GradientCheckpointing ? checkpointing.Run : null;
        try
        {
            var state = checkpoints.Resume(schedule.TotalSteps);
            Callback?.OnTrainBegin(state.Steps, isFinished: !state.IsRunning);
            if (schedule.EndsEpochAt(state.Steps) && !state.HasDiverged)
            {
                // The attempt before may have been cancelled while it told the end of this epoch.
                TellEpochEnd(isAgain: true);
            }

            while (state.IsRunning)
            {
                using var scope = NewDisposeScope();
                ThrowIfCancelled();

                // A person's word: kept at once, or a training that is killed now would take it up at another step.
                if (Control?.Invoke() is { } control && TakeUp(control))
                {
                    checkpoints.Save(state);
                    if (!state.IsRunning)
                    {
                        break;
                    }
                }

                // Gradients, over all batches of the step.
                lora.ZeroGradient();
                var positions = schedule.PositionsOf(state.Steps).ToArray();
                var stepLoss = 0.0;
                foreach (var position in positions)
                {
                    ThrowIfCancelled();
                    using var batchScope = NewDisposeScope();
                    var (mean, value) = loss.OfBatch(schedule.BatchAt(position), position);
                    mean = mean.Over(positions.Length);
                    (lossScale == 1 ? mean : mean.Times(lossScale)).backward();
                    checkpointing.Clear();
                    stepLoss += value;
                }

                stepLoss /= positions.Length;
                if (lossScale != 1)
                {
                    lora.ScaleGradient(1 / lossScale);
                }

                var norm = lora.GradientNorm();
                if (!double.IsFinite(stepLoss) || !double.IsFinite(norm))
                {
                    Decide(TrainingOutcome.Diverged, FormattableString.Invariant(
                        $"stopped: step {state.Steps + 1} had the loss {stepLoss:g4} and the gradient norm {norm:g4}{loss.NonFinitePictures}"));
                    break;
                }

                // Weights.
                if (options.MaxGradientNorm is { } most)
                {
                    lora.Clip(norm, most);
                }

                var learningRate = state.LearningRate ?? options.LearningRate;
                var factor = TrainingSchedule.LearningRateFactor(options.Scheduler, state.Steps, options.WarmupSteps, schedule.TotalSteps) * learningRate / options.LearningRate;
                lora.Step(factor, state.Steps + 1);
                state = state with { Steps = state.Steps + 1, EpochLossSum = state.EpochLossSum + stepLoss, EpochLossCount = state.EpochLossCount + 1 };
                Callback?.OnStepEnd(new TrainingStep(state.Steps, schedule.TotalSteps, schedule.EpochOf(state.Steps), stepLoss, options.LearningRate * factor, norm));

                // The end of an epoch: validation, best weights, early stop.
                var endsEpoch = schedule.EndsEpochAt(state.Steps);
                if (endsEpoch)
                {
                    state = state with { EpochLossSum = 0, EpochLossCount = 0, LastEpochLoss = state.EpochLossSum / state.EpochLossCount };
                    if (options.Validation is { } validation && run.HeldOut.Count > 0 && (Epoch().IsDue(validation.EveryEpochs) || state.Steps == schedule.TotalSteps))
                    {
                        Validate(validation);
                    }
                }

                // The end of the training, and of the step.
                if (state.IsRunning && state.Steps == schedule.TotalSteps)
                {
                    state = state with { Outcome = TrainingOutcome.Completed };
                }

                if (endsEpoch && !state.HasDiverged)
                {
                    TellEpochEnd();
                }

                if (state.Steps % options.SaveSteps == 0 || !state.IsRunning || checkpoints.IsOverdue)
                {
                    checkpoints.Save(state);
                }
            }

            checkpoints.Save(state);
            return state.HasDiverged ? throw Diverged() : Result();

            // A step that is half done is done again from its beginning.
            void ThrowIfCancelled()
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    checkpoints.Save(state);
                    throw new OperationCanceledException(cancellationToken);
                }
            }

            bool TakeUp(TrainingControl control)
            {
                var before = state.Decisions.Count;
                if (control.Stop)
                {
                    Decide(TrainingOutcome.StoppedByPerson, "stop", control.By);
                }

                var rate = state.LearningRate ?? options.LearningRate;
                if (control.LearningRate is { } wanted && wanted != rate)
                {
                    state = state with { LearningRate = wanted };
                    Decide(state.Outcome, FormattableString.Invariant($"learning rate {rate} -> {wanted}"), control.By);
                }

                // The word stands there at every step; it is one decision.
                if (control.IsGoOn && !(state.Decisions is [.., { What: TrainingDecision.GoOn } last] && last.By == control.By))
                {
                    Decide(state.Outcome, TrainingDecision.GoOn, control.By);
                }

                return state.Decisions.Count > before;
            }

            void Validate(ValidationOptions validation)
            {
                var measured = new TrainingValidation(state.Steps, schedule.EpochsAfter(state.Steps), loss.OfHeldOut(validation));
                if (!double.IsFinite(measured.Loss))
                {
                    Decide(TrainingOutcome.Diverged, FormattableString.Invariant(
                        $"stopped: the validation after step {state.Steps} had the loss {measured.Loss}{loss.NonFinitePictures}"));
                    return;
                }

                state = state with { Validations = [.. state.Validations, measured] };
                var best = state.Best()!;
                var isBest = best.Step == measured.Step;
                if (isBest)
                {
                    lora.KeepBest();
                }

                Callback?.OnEvaluate(measured, isBest);
                if (EarlyStopping.Reason(state.Validations, validation, options.Epochs) is { } reason)
                {
                    Decide(TrainingOutcome.StoppedEarly, FormattableString.Invariant(
                        $"early stop: {reason}; the weights of step {best.Step} are kept, with the smallest loss of all, {best.Loss:g4}"));
                }
            }

            TrainingEpoch Epoch(bool isAgain = false) => new(
                schedule.EpochsAfter(state.Steps), schedule.EpochsAfter(state.Steps - 1), options.Epochs, state.Steps, state.LastEpochLoss, () => lora.Snapshot(), isAgain);

            // Samples are the callback's business; it renders them on the bare base with the snapshot as it likes.
            void TellEpochEnd(bool isAgain = false)
            {
                if (Callback is null)
                {
                    return;
                }

                var runner = unet.RunBlock;
                unet.RunBlock = null;
                try
                {
                    using (network.Suspend())
                    {
                        Callback.OnEpochEnd(Epoch(isAgain));
                    }
                }
                catch (OperationCanceledException)
                {
                    checkpoints.Save(state);
                    throw;
                }

                unet.RunBlock = runner;
            }

            void Decide(TrainingOutcome outcome, string what, string by = TrainingDecision.Trainer)
            {
                var decision = new TrainingDecision(state.Steps, by, what, Time.GetUtcNow());
                state = state with { Outcome = outcome, Decisions = [.. state.Decisions, decision] };
                Callback?.OnDecision(decision, outcome);
            }

            TrainingDivergedException Diverged() => new(
                $"{run.Name} {state.Decisions[^1].What}."
                + (checkpoints.Last is { Length: > 0 } last ? last + " Its weights are kept." : " There is no checkpoint before it.")
                + " Lower the learning rate (half of it is a good next try), or look for a damaged picture in the data.",
                Result());

            LoraTrainingResult Result()
            {
                var best = lora.UseBest() ? state.Best() : null;
                var mean = state.EpochLossCount > 0 ? state.EpochLossSum / state.EpochLossCount : state.LastEpochLoss;
                return new LoraTrainingResult(
                    state.Outcome, lora.Snapshot(), best?.Step ?? state.Steps, state.Steps, schedule.EpochsAfter(state.Steps), state.LearningRate ?? options.LearningRate, mean,
                    state.Validations, state.Decisions);
            }
        }
        finally
        {
            unet.RunBlock = null;
        }
    }

    private static void ThrowIfUnfit(LoraTrainingRun run)
    {
        string[] problems =
        [
            .. run.Options.Problems().Select(p => $"{run.Name}: {p}"),
            .. run.Examples.Count == 0 ? [$"{run.Name}: there is no picture to train on."] : Array.Empty<string>(),
            .. run.Examples.Where(e => e.Repeats < 1).Select(e => $"{run.Name}: {e.Name} has {e.Repeats} repeats; it must be 1 or more."),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(run));
        }
    }
}
