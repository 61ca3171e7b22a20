using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The loss of a run's pictures, through the base model with the adapters attached.</summary>
internal sealed class DenoisingLoss(UNet2DConditionModel unet, TextConditions text, DiffusionObjective objective, LoraNetwork network, LoraTrainingRun run)
{
    private readonly LoraTrainingOptions _options = run.Options;
    private readonly Device _device = unet.parameters().First().device;
    private readonly List<string> _nonFinite = [];

    /// <summary>For messages: the pictures whose own loss was not finite, with a space before them; empty when all were.</summary>
    public string NonFinitePictures => _nonFinite.Count == 0 ? "" : $" (of {LoraException.Names(_nonFinite)})";

    /// <summary>Mean loss of a batch, a scalar to go backward from; and its value.</summary>
    /// <param name="batch">Indices of the run's pictures, all of one size.</param>
    /// <param name="position">Batches seen before; decides everything random.</param>
    public (Tensor Mean, double Value) OfBatch(IReadOnlyList<int> batch, long position)
    {
        var draw = TrainingDraw.Of(run.Examples, batch, _options, objective, position);
        var captions = batch.Select((e, row) => CaptionAugmentation.Apply(run.Examples[e].Caption, _options, (position * _options.BatchSize) + row));
        network.Unet.DropoutMask = network.Text.DropoutMask = (_, layer) => DropoutMask(layer, position);
        var perRow = PerRow(draw, [.. captions], _options.MinSnrGamma, _options.DebiasedEstimation);
        var mean = perRow.mean();
        double value = mean.item<float>();
        LookForNonFinite(value, perRow, batch.Select(e => run.Examples[e]));
        return (mean, value);
    }

    /// <summary>Mean over the held-out pictures and the fixed timesteps, without dropout or weights of timesteps; comparable between steps.</summary>
    public double OfHeldOut(ValidationOptions validation)
    {
        using var noGrad = no_grad();
        network.Unet.DropoutMask = network.Text.DropoutMask = null;
        var looks = run.HeldOut.SelectMany((e, i) => validation.Timesteps.Select(t => (Example: e, Index: i, Timestep: t))).ToArray();
        var sum = 0.0;
        foreach (var batch in looks.GroupBy(l => l.Example.Latents.Size).SelectMany(g => g.Chunk(_options.BatchSize)))
        {
            using var scope = NewDisposeScope();
            var rows = batch.Select(l => TrainingDraw.Held(
                l.Example, _options.Seed, FormattableString.Invariant($"validation at {l.Timestep}"), l.Index, l.Timestep, objective));
            var perRow = PerRow(TrainingDraw.Stack([.. rows]), [.. batch.Select(l => l.Example.Caption)]);
            var loss = perRow.sum().item<float>();
            LookForNonFinite(loss, perRow, batch.Select(l => l.Example));
            sum += loss;
        }

        return sum / looks.Length;
    }

    private Tensor PerRow(TrainingDraw draw, IReadOnlyList<string> captions, double? minSnrGamma = null, bool debiased = false)
    {
        var (latents, noise, timesteps) = (draw.Latents.to(_device), draw.Noise.to(_device), draw.Timesteps.to(_device));
        var noisy = objective.Schedule.AddNoise(latents, noise, timesteps);
        var prediction = unet.forward(noisy, timesteps, text.Encode(captions, live: _options.TextEncoderLearningRate is not null));
        return objective.LossPerRow(prediction, latents, noise, timesteps, minSnrGamma, debiased);
    }

    /// <summary>The mask between down and up for a tensor of this layer; the same whenever it is asked for.</summary>
    private Func<long[], Tensor>? DropoutMask(LoraLayerName layer, long position) => _options.Dropout == 0 ? null : shape =>
    {
        using var scope = NewDisposeScope();
        using var generator = TrainingRandom.Generator(_options.Seed, "dropout of " + layer.Kohya, position);
        return rand(shape, generator: generator).IsAtLeast(_options.Dropout).to(ScalarType.Float32).Over(1 - _options.Dropout).MoveToOuterDisposeScope();
    };

    private void LookForNonFinite(double loss, Tensor perRow, IEnumerable<TrainingExample> pictures)
    {
        if (!double.IsFinite(loss))
        {
            _nonFinite.AddRange(perRow.cpu().data<float>().ToArray().Zip(pictures).Where(p => !float.IsFinite(p.First)).Select(p => p.Second.Name).Except(_nonFinite));
        }
    }
}
