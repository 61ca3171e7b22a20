using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>
/// Trains LoRAs on a frozen base: several models in one forward and backward pass, every row of the batch with its own model's adapter.
/// A model's numbers depend on its own run alone, so training it with others gives what training it by itself would (to rounding).
/// Everything random follows from (seed, position), so a resumed training ends with the same bits as one that was never interrupted.
/// </summary>
public sealed class LoraTrainer(UNet2DConditionModel unet, TextConditions text, DiffusionObjective objective)
{
    /// <summary>A checkpoint is written at least this often, however long a step takes.</summary>
    public static readonly TimeSpan DefaultSaveInterval = TimeSpan.FromMinutes(5);

    /// <summary>Where checkpoints are written, and resumed from if there are any; null: none.</summary>
    public string? CheckpointFolder { get; init; }

    public TimeSpan SaveInterval { get; init; } = DefaultSaveInterval;

    public ILoraTrainerObserver? Observer { get; init; }

    public ILoraTrainerControl? Control { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the file a checkpoint is written to; tests put failing disks here.</summary>
    internal Func<string, Stream>? CreateFile { get; init; }

    /// <summary>Trains on the calling thread until every model has ended. The base model is left as it was.</summary>
    /// <returns>One result a run, in their order; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">Runs that cannot be trained; every reason is named.</exception>
    /// <exception cref="TrainingDivergedException">A model's loss was not finite; the others were trained to their end.</exception>
    /// <exception cref="TrainingCheckpointException">A checkpoint cannot be written or read, or belongs to another training.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint of the last finished step was written.</exception>
    public IReadOnlyList<LoraTrainingResult> Train(IReadOnlyList<LoraTrainingRun> runs, CancellationToken cancellationToken = default)
    {
        ThrowIfUnfit(runs);
        var isTextTrained = runs.Any(r => r.Options.TextEncoderLearningRate is not null);
        var unetLayers = unet.AdaptableLayers().ToArray();
        var textLayers = isTextTrained ? text.AdaptableLayers().ToArray() : null;
        var models = new List<TrainedModel>();
        using var checkpointing = new GradientCheckpointing();
        try
        {
            models.AddRange(runs.Select((run, i) => new TrainedModel(i, run, unetLayers, textLayers)));
            using var network = Hang(models, unetLayers, textLayers);
            unet.RunBlock = runs.Any(r => r.Options.GradientCheckpointing) ? checkpointing.Run : null;
            var pass = new TrainingPass(unet, text, objective, network, models, isTextTrained);
            var checkpoints = new CheckpointKeeper(CheckpointFolder, SaveInterval, models, Observer, Time, CreateFile);

            var step = checkpoints.Resume();
            Observer?.Started(step, isFinished: models.All(m => !m.IsRunning));

            // The attempt before may have been cancelled while it told the end of an epoch.
            TellEpochs(models.Where(m => m.Progress.Steps == step && m.EndsEpochAt(step) && !m.HasDiverged), network, isAgain: true);

            while (models.Any(m => m.IsRunning))
            {
                using var scope = NewDisposeScope();
                ThrowIfCancelled();

                // A person's word: kept at once, or a training that is killed now would take it up at another step.
                if (models.Where(m => m.IsRunning).Count(m => Heed(m, Control?.Poll(m.Run.Name) ?? TrainingControl.Continue)) > 0)
                {
                    checkpoints.Save(step);
                }

                var live = models.Where(m => m.IsRunning).ToArray();
                if (live.Length == 0)
                {
                    break;
                }

                // Gradients: rows of one size go through the base together, whichever model they belong to.
                foreach (var model in live)
                {
                    model.BeginStep();
                }

                for (var batch = 0; batch < live.Max(m => m.BatchesIn(step)); batch++)
                {
                    foreach (var together in live.Where(m => batch < m.BatchesIn(step)).GroupBy(m => m.SizeAt(m.Position(step, batch))))
                    {
                        ThrowIfCancelled();
                        pass.Backward([.. together], step, batch);
                        checkpointing.Clear();
                    }
                }

                // Weights.
                var learnt = new List<TrainedModel>();
                foreach (var model in live)
                {
                    pass.Finish(model);
                    var (loss, norm) = (model.StepLoss / model.BatchesIn(step), model.Lora.GradientNorm());
                    if (!double.IsFinite(loss) || !double.IsFinite(norm))
                    {
                        Decide(model, TrainingOutcome.Diverged, FormattableString.Invariant($"stopped: step {step + 1} had the loss {loss:g4} and the gradient norm {norm:g4}{model.Suspects}"));
                        continue;
                    }

                    if (model.Options.MaxGradientNorm is { } most)
                    {
                        model.Lora.Clip(norm, most);
                    }

                    var factor = model.LearningRateFactor(step);
                    model.Lora.Step(factor, step + 1);
                    model.Progress = model.Progress with
                    {
                        Steps = step + 1,
                        EpochLossSum = model.Progress.EpochLossSum + loss,
                        EpochLossCount = model.Progress.EpochLossCount + 1,
                    };
                    learnt.Add(model);
                    Observer?.StepDone(new TrainingStep(
                        model.Run.Name, step + 1, model.TotalSteps, model.EpochOf(step), loss, model.Options.LearningRate * factor, norm));
                }

                step++;

                // Ends of epochs, and of trainings.
                foreach (var model in learnt)
                {
                    if (model.EndsEpochAt(step))
                    {
                        EndEpoch(model, pass);
                    }

                    if (model.IsRunning && step == model.TotalSteps)
                    {
                        model.Progress = model.Progress with { Outcome = TrainingOutcome.Completed };
                    }
                }

                try
                {
                    TellEpochs(learnt.Where(m => m.EndsEpochAt(step) && !m.HasDiverged), network);
                }
                catch (OperationCanceledException)
                {
                    checkpoints.Save(step);
                    throw;
                }

                if (learnt.Any(m => step % m.Options.SaveSteps == 0 || !m.IsRunning) || (learnt.Count > 0 && checkpoints.IsOverdue))
                {
                    checkpoints.Save(step);
                }
            }

            checkpoints.Save(step);
            return Results(models, checkpoints);

            // A step that is half done is done again from its beginning.
            void ThrowIfCancelled()
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    checkpoints.Save(step);
                    throw new OperationCanceledException(cancellationToken);
                }
            }
        }
        finally
        {
            unet.RunBlock = null;
            models.ForEach(m => m.Dispose());
        }
    }

    private static void ThrowIfUnfit(IReadOnlyList<LoraTrainingRun> runs)
    {
        var problems = runs.SelectMany(r => r.Options.Problems().Select(p => $"{r.Name}: {p}"))
            .Concat(runs.Where(r => r.Examples.Count == 0).Select(r => $"{r.Name}: there is no picture to train on."))
            .Concat(runs.SelectMany(r => r.Examples.Where(e => e.Repeats < 1).Select(e => $"{r.Name}: {e.Name} has {e.Repeats} repeats; it must be 1 or more.")))
            .Concat(runs.GroupBy(r => r.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => $"{g.Count()} runs are named {g.Key}; names must differ."))
            .Concat(runs.Count == 0 ? ["There is nothing to train."] : [])
            .ToArray();
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(runs));
        }
    }

    private static LoraNetwork Hang(
        List<TrainedModel> models, IEnumerable<KeyValuePair<string, IAdaptableLayer>> unetLayers, IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textLayers)
    {
        var layers = LoraNetwork.Layers(unetLayers, textLayers);
        var pairs = layers.Keys
            .Select(name => (name, Pairs: models.Select(m => m.Lora.Pair(name)).ToArray()))
            .Where(p => p.Pairs.Any(pair => pair is not null))
            .ToDictionary(p => p.name, p => p.Pairs);
        var full = Enumerable.Repeat(1.0, models.Count).ToArray();
        return LoraNetwork.Hang(layers, pairs, full, full);
    }

    /// <returns>Whether it was anything new.</returns>
    private bool Heed(TrainedModel model, TrainingControl control)
    {
        var decisions = model.Progress.Decisions.Count;
        if (control.Stop)
        {
            Decide(model, TrainingOutcome.StoppedByPerson, "stop", control.By);
        }

        var before = model.LearningRate;
        if (control.LearningRate is { } wanted && wanted != before)
        {
            model.Progress = model.Progress with { LearningRate = wanted };
            Decide(model, model.Progress.Outcome, FormattableString.Invariant($"learning rate {before} -> {wanted}"), control.By);
        }

        // The word stands there at every step; it is one decision.
        if (control.IsGoOn && !(model.Progress.Decisions is [.., { What: TrainingDecision.GoOn } last] && last.By == control.By))
        {
            Decide(model, model.Progress.Outcome, TrainingDecision.GoOn, control.By);
        }

        return model.Progress.Decisions.Count > decisions;
    }

    private void EndEpoch(TrainedModel model, TrainingPass pass)
    {
        var progress = model.Progress;
        var mean = progress.EpochLossSum / progress.EpochLossCount;
        model.Progress = progress with { EpochLossSum = 0, EpochLossCount = 0, LastEpochLoss = mean };
        var moment = model.Moment();

        if (model.Options.Validation is { } validation && model.Run.HeldOut.Count > 0 && (moment.IsDue(validation.EveryEpochs) || moment.Epoch == moment.TotalEpochs))
        {
            var measured = new TrainingValidation(moment.Step, moment.Epoch, pass.ValidationLoss(model, validation));
            if (!double.IsFinite(measured.Loss))
            {
                Decide(model, TrainingOutcome.Diverged, FormattableString.Invariant($"stopped: the validation after step {moment.Step} had the loss {measured.Loss}{model.Suspects}"));
                return;
            }

            model.Progress = model.Progress with { Validations = [.. model.Progress.Validations, measured] };
            var best = model.Progress.Best()!;
            var isBest = best.Step == measured.Step;
            if (isBest)
            {
                model.KeepBest();
            }

            Observer?.Validated(model.Run.Name, measured, isBest);
            if (EarlyStopping.Reason(model.Progress.Validations, validation, model.Options.Epochs) is { } reason)
            {
                Decide(model, TrainingOutcome.StoppedEarly, FormattableString.Invariant(
                    $"early stop: {reason}; the weights of step {best.Step} are kept, with the smallest loss of all, {best.Loss:g4}"));
            }
        }
    }

    /// <summary>Samples are the observer's business; it renders them on the bare base with the snapshot as it likes.</summary>
    private void TellEpochs(IEnumerable<TrainedModel> models, LoraNetwork network, bool isAgain = false)
    {
        foreach (var model in Observer is null ? [] : models)
        {
            var runner = unet.RunBlock;
            unet.RunBlock = null;
            using (network.Suspend())
            {
                Observer!.EpochDone(model.Moment(isAgain));
            }

            unet.RunBlock = runner;
        }
    }

    private void Decide(TrainedModel model, TrainingOutcome outcome, string what, string by = TrainingDecision.Trainer)
    {
        var decision = new TrainingDecision(model.Run.Name, model.Progress.Steps, by, what, Time.GetUtcNow());
        model.Progress = model.Progress with { Outcome = outcome, Decisions = [.. model.Progress.Decisions, decision] };
        Observer?.Decided(decision, outcome);
    }

    private static IReadOnlyList<LoraTrainingResult> Results(List<TrainedModel> models, CheckpointKeeper checkpoints)
    {
        var results = models.Select(m => m.Result()).ToArray();
        var diverged = models.Where(m => m.HasDiverged).ToArray();
        return diverged.Length == 0 ? results : throw new TrainingDivergedException(
            string.Join(" ", diverged.Select(m => $"{m.Run.Name} {m.Progress.Decisions[^1].What}."))
            + (checkpoints.Last is { Length: > 0 } last ? last + " Its weights are kept." : " There is no checkpoint before it.")
            + " Lower the learning rate (half of it is a good next try), or look for a damaged picture in the data.",
            results);
    }
}
