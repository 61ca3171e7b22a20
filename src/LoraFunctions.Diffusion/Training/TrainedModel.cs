using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>One model while the trainer works on it: its adapters, its place in its data, its progress.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly BatchPlan _plan;
    private readonly long _totalBatches;
    private readonly List<string> _notFinite = [];
    private List<Tensor>? _best;

    public TrainedModel(
        int index, LoraTrainingRun run, IEnumerable<KeyValuePair<string, IAdaptableLayer>> unet, IEnumerable<KeyValuePair<string, IAdaptableLayer>>? textEncoder)
    {
        (Index, Run, Options) = (index, run, run.Options);
        var trained = run.Options.TextEncoderLearningRate is null ? null : textEncoder;
        Lora = new TrainableLora(LoraLayers.Choose(unet, run.Options.Targets, trained), run.Options);
        _plan = BatchPlan.Of(run);
        _totalBatches = (long)_plan.BatchesPerEpoch * Options.Epochs;
        TotalSteps = (_totalBatches + Options.GradientAccumulation - 1) / Options.GradientAccumulation;
        Progress = new ModelProgress
        {
            Name = run.Name,
            Options = TrainingState.OptionsJson(Options),
            Inputs = run.Inputs,
            Pictures = TrainingState.PicturesDigest(run),
        };
    }

    /// <summary>Among the models trained together, and among the network's adapters.</summary>
    public int Index { get; }

    public LoraTrainingRun Run { get; }

    public LoraTrainingOptions Options { get; }

    public TrainableLora Lora { get; }

    public long TotalSteps { get; }

    public ModelProgress Progress { get; set; }

    public bool IsRunning => Progress.Outcome == TrainingOutcome.Running;

    public bool HasDiverged => Progress.Outcome == TrainingOutcome.Diverged;

    /// <summary>Sum over the step's batches so far.</summary>
    public double StepLoss { get; private set; }

    /// <summary>For messages: the pictures whose own loss was not finite, with a space before them; empty when all were.</summary>
    public string Suspects => _notFinite.Count == 0 ? "" : $" (of {LoraException.Names(_notFinite)})";

    public void BeginStep()
    {
        Lora.ZeroGradient();
        StepLoss = 0;
        _notFinite.Clear();
    }

    /// <summary>Adds the loss of one batch: the mean over its rows.</summary>
    /// <param name="perRow">[B].</param>
    /// <param name="pictures">One a row.</param>
    public void AddLoss(Tensor mean, Tensor perRow, IReadOnlyList<TrainingExample> pictures)
    {
        double loss = mean.item<float>();
        StepLoss += loss;
        Suspect(loss, perRow, pictures);
    }

    /// <summary>Looks for the pictures that made a loss what it is, where it is not finite.</summary>
    public void Suspect(double loss, Tensor perRow, IReadOnlyList<TrainingExample> pictures)
    {
        if (!double.IsFinite(loss))
        {
            _notFinite.AddRange(perRow.cpu().data<float>().ToArray().Zip(pictures).Where(p => !float.IsFinite(p.First)).Select(p => p.Second.Name).Except(_notFinite));
        }
    }

    /// <summary>Batches of the optimizer step after so many steps; the last step may have fewer.</summary>
    public int BatchesIn(long step) => (int)Math.Min(Options.GradientAccumulation, _totalBatches - (step * Options.GradientAccumulation));

    public long Position(long step, int batch) => (step * Options.GradientAccumulation) + batch;

    public IReadOnlyList<int> Batch(long position) => _plan.At(position);

    public (long Height, long Width) SizeAt(long position) => Run.Examples[Batch(position)[0]].Latents.Size;

    /// <summary>Epochs finished after so many steps.</summary>
    public int EpochsAfter(long steps) => (int)(Math.Min(steps * Options.GradientAccumulation, _totalBatches) / _plan.BatchesPerEpoch);

    /// <summary>The last of so many steps finished an epoch.</summary>
    public bool EndsEpochAt(long steps) => steps > 0 && EpochsAfter(steps) > EpochsAfter(steps - 1);

    /// <summary>The end of the epoch, or epochs, that the last step finished.</summary>
    public TrainingMoment Moment(bool isAgain = false) => new(
        Run.Name, EpochsAfter(Progress.Steps), EpochsAfter(Progress.Steps - 1), Options.Epochs, Progress.Steps, Progress.LastEpochLoss, () => Lora.Snapshot(), isAgain);

    /// <summary>1-based, of the last batch of the step after so many steps.</summary>
    public int EpochOf(long step) => (int)((Math.Min((step + 1) * Options.GradientAccumulation, _totalBatches) - 1) / _plan.BatchesPerEpoch) + 1;

    /// <summary>As a person said last, else as configured; before the scheduler's factor.</summary>
    public double LearningRate => Progress.LearningRate ?? Options.LearningRate;

    /// <summary>Of every group's learning rate, in the step after so many steps.</summary>
    public double LearningRateFactor(long step) =>
        LearningRateSchedule.Factor(Options.Scheduler, step, Options.WarmupSteps, TotalSteps) * LearningRate / Options.LearningRate;

    /// <summary>The mask between down and up for a tensor of this layer; the same whenever it is asked for.</summary>
    public Func<long[], Tensor>? DropoutMask(LoraLayerName layer, long position) => Options.Dropout == 0 ? null : shape =>
    {
        using var scope = NewDisposeScope();
        using var generator = TrainingRandom.Generator(Options.Seed, "dropout of " + layer.Kohya, position);
        return rand(shape, generator: generator).ge(Options.Dropout).to(ScalarType.Float32).div_(1 - Options.Dropout).MoveToOuterDisposeScope();
    };

    /// <summary>Keeps the weights as they are as the best so far.</summary>
    public void KeepBest()
    {
        using var noGrad = no_grad();
        _best ??= [.. Lora.Groups.Select(g => empty_like(g.Weights).DetachFromDisposeScope())];
        foreach (var (best, group) in _best.Zip(Lora.Groups))
        {
            best.copy_(group.Weights);
        }
    }

    /// <summary>Everything a checkpoint keeps of this model, by name; the tensors themselves, not copies.</summary>
    public Dictionary<string, Tensor> Tensors(bool withBest)
    {
        if (withBest && _best is null)
        {
            KeepBest();
        }

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (i, group) in Lora.Groups.Index())
        {
            var name = $"{Run.Name}/{i}.";
            tensors[name + "weights"] = group.Weights;
            tensors[name + "average"] = group.Optimizer.Average;
            tensors[name + "square_average"] = group.Optimizer.SquareAverage;
            if (withBest)
            {
                tensors[name + "best"] = _best![i];
            }
        }

        return tensors;
    }

    public LoraTrainingResult Result()
    {
        var best = _best is null ? null : Progress.Best();
        if (best is not null)
        {
            using var noGrad = no_grad();
            foreach (var (weights, group) in _best!.Zip(Lora.Groups))
            {
                group.Weights.copy_(weights);
            }
        }

        var loss = Progress.EpochLossCount > 0 ? Progress.EpochLossSum / Progress.EpochLossCount : Progress.LastEpochLoss;
        return new LoraTrainingResult(
            Run.Name, Progress.Outcome, Lora.Snapshot(), best?.Step ?? Progress.Steps, Progress.Steps, EpochsAfter(Progress.Steps), LearningRate, loss,
            Progress.Validations, Progress.Decisions);
    }

    public void Dispose()
    {
        Lora.Dispose();
        _best?.ForEach(b => b.Dispose());
    }
}
