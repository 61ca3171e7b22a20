using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The forward and backward pass of several models' rows through the shared base.</summary>
internal sealed class TrainingPass(
    UNet2DConditionModel unet, TextConditions text, DiffusionObjective objective, LoraNetwork network, IReadOnlyList<TrainedModel> models, bool isTextTrained)
{
    /// <summary>
    /// In fp16 what a loss over 16,384 values asks of each of them, about 1e-5, has only a few bits left, and much of what follows from it none:
    /// the loss is scaled up before the backward pass and the gradients down after it (arXiv 1710.03740), by a power of two, which costs no bit.
    /// bf16 reaches as low as fp32.
    /// </summary>
    private const double Float16LossScale = 1024;

    private readonly Device _device = unet.parameters().First().device;
    private readonly double _lossScale = unet.parameters().First().dtype == ScalarType.Float16 ? Float16LossScale : 1;

    /// <summary>
    /// Adds one batch of each model to the models' gradients and losses. A model's loss is the mean over its rows, divided by its batches per
    /// optimizer step; the models' adapters are disjoint, so the gradient of the sum is each model's own. Gradients are right after
    /// <see cref="Finish"/>.
    /// </summary>
    /// <param name="together">Models whose pictures have the same size in this batch.</param>
    public void Backward(IReadOnlyList<TrainedModel> together, long step, int batch)
    {
        using var scope = NewDisposeScope();
        var positions = together.ToDictionary(m => m.Index, m => m.Position(step, batch));
        var rows = together.Select(m => m.Batch(positions[m.Index])).ToArray();
        var draws = together.Zip(rows, (m, r) => TrainingDraw.Of(m.Run.Examples, r, m.Options, objective, positions[m.Index])).ToArray();
        var captions = together.Zip(rows).SelectMany(p => p.Second.Select((e, row) => CaptionAugmentation.Apply(
            p.First.Run.Examples[e].Caption, p.First.Options, (positions[p.First.Index] * p.First.Options.BatchSize) + row)));
        SetRows([.. together.Zip(rows).SelectMany(p => Enumerable.Repeat(p.First.Index, p.Second.Count))]);
        network.Unet.DropoutMask = network.Text.DropoutMask = (a, layer) => models[a].DropoutMask(layer, positions[a]);

        var gammas = together.Zip(rows).SelectMany(p => Enumerable.Repeat(p.First.Options.MinSnrGamma, p.Second.Count)).ToArray();
        var perRow = LossPerRow(cat([.. draws.Select(d => d.Latents)]), cat([.. draws.Select(d => d.Noise)]), cat([.. draws.Select(d => d.Timesteps)]), [.. captions], gammas);

        var parts = perRow.split([.. rows.Select(r => (long)r.Count)]);
        var losses = parts.Select(r => r.mean()).ToArray();
        var total = losses.Zip(together, (loss, m) => loss / m.BatchesIn(step)).Aggregate((a, b) => a + b);
        (_lossScale == 1 ? total : total * _lossScale).backward();
        for (var i = 0; i < together.Count; i++)
        {
            together[i].AddLoss(losses[i], parts[i], [.. rows[i].Select(e => together[i].Run.Examples[e])]);
        }
    }

    /// <summary>Takes the loss's scale off the gradients again, after a step's last batch.</summary>
    public void Finish(TrainedModel model)
    {
        if (_lossScale != 1)
        {
            model.Lora.ScaleGradient(1 / _lossScale);
        }
    }

    /// <summary>Mean over the held-out pictures and the fixed timesteps, without dropout or min-SNR weights; comparable between steps.</summary>
    public double ValidationLoss(TrainedModel model, ValidationOptions validation)
    {
        using var noGrad = no_grad();
        network.Unet.DropoutMask = network.Text.DropoutMask = null;
        var looks = model.Run.HeldOut.SelectMany((e, i) => validation.Timesteps.Select(t => (Example: e, Index: i, Timestep: t))).ToArray();
        var sum = 0.0;
        foreach (var batch in looks.GroupBy(l => l.Example.Latents.Size).SelectMany(g => g.Chunk(model.Options.BatchSize)))
        {
            using var scope = NewDisposeScope();
            var draws = batch.Select(l => TrainingDraw.Held(l.Example, model.Options.Seed, FormattableString.Invariant($"validation at {l.Timestep}"), l.Index, l.Timestep, objective)).ToArray();
            SetRows([.. batch.Select(_ => model.Index)]);
            var perRow = LossPerRow(
                stack([.. draws.Select(d => d.Latents)]), stack([.. draws.Select(d => d.Noise)]), stack([.. draws.Select(d => d.Timesteps)]),
                [.. batch.Select(l => l.Example.Caption)], new double?[batch.Length]);
            var loss = perRow.sum().item<float>();
            model.Suspect(loss, perRow, [.. batch.Select(l => l.Example)]);
            sum += loss;
        }

        return sum / looks.Length;
    }

    private void SetRows(IReadOnlyList<int> adapters) => network.UnetRows = network.TextRows = LoraRows.OneEach(adapters);

    private Tensor LossPerRow(Tensor latents, Tensor noise, Tensor timesteps, IReadOnlyList<string> captions, IReadOnlyList<double?> gammas)
    {
        (latents, noise, timesteps) = (latents.to(_device), noise.to(_device), timesteps.to(_device));
        var noisy = objective.Schedule.AddNoise(latents, noise, timesteps);
        var prediction = unet.forward(noisy, timesteps, text.Encode(captions, isTextTrained));
        return objective.LossPerRow(prediction, latents, noise, timesteps, gammas);
    }
}
