using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>Runs a sampler over rows.</summary>
internal sealed record Painter(
    UNet2DConditionModel Unet, LoraNetwork? Network, Sampler Sampler, PredictionType Prediction, CancellationToken CancellationToken)
{
    /// <summary>Noisy latents in, clean ones out, owned by the caller's dispose scope.</summary>
    /// <param name="around">Put around the network: what it is asked, and its answer's replacement.</param>
    public Tensor Paint(
        Func<int, IReadOnlyList<GuidedRow>> rows,
        double scale,
        SamplingPlan plan,
        Tensor latents,
        SeededNoise noise,
        Action? stepDone = null,
        Func<NoisePredictor, NoisePredictor>? around = null)
    {
        var model = new ComposedUnet(Unet, Network, rows, scale);
        var run = new SamplingRun
        {
            Step = Sampler.Step,
            Plan = plan,
            Model = around is null ? model.Predict : around(model.Predict),
            Noise = noise,
            Prediction = Prediction,
            StepDone = step =>
            {
                model.Step = step + 1;
                stepDone?.Invoke();
            },
        };
        return run.Execute(latents, CancellationToken);
    }
}

/// <summary>
/// A request's way from noise to latents: one run over one prompt's row, or over the rows of its composition's method. Its tensors are the dispose scope's that it is made in.
/// </summary>
internal sealed class Composer
{
    /// <summary>How far <see cref="CompositionMethod.SoloFirst"/> goes back into noise: enough for one light, too little for other cars.</summary>
    private const double TogetherStrength = 0.8;

    private readonly TextToImageRequest _request;
    private readonly Painter _painter;
    private readonly SamplingPlan _plan;
    private readonly SamplingPlan _full;
    private readonly long[] _shape;
    private readonly CompositionMaps? _maps;
    private readonly Func<int, IReadOnlyList<GuidedRow>> _rows;
    private readonly IReadOnlyList<Func<int, IReadOnlyList<GuidedRow>>> _solo = [];
    private readonly IReadOnlyList<Tensor>? _loraMasks;

    /// <param name="shape">[1, 4, H/8, W/8].</param>
    public Composer(
        TextToImageRequest request, ReadPrompts prompts, PromptEncoder encoder, LoraNetwork? network, Painter painter, SamplingPlan plan, long[] shape, Device device)
    {
        (_request, _painter, _full, _shape, Device) = (request, painter, plan, shape, device);
        var composition = request.Composition;
        var method = composition?.Method ?? CompositionMethod.Merge;
        _plan = request.StartFrom is { } start ? plan.ForStrength(start.Strength)
            : method == CompositionMethod.SoloFirst && prompts.Regions.Count > 1 ? plan.ForStrength(TogetherStrength) : plan;
        var rows = new CompositionRows(prompts, encoder, network, _plan.Steps, request.ClipSkip);
        if (prompts.Regions is [var only])
        {
            // A region that is the whole picture is a prompt like any other; the scene's has no place left.
            _rows = rows.Merge(only);
            return;
        }

        if (composition is not null)
        {
            _maps = new CompositionMaps(composition.Layout, composition.Prompts.Count, shape[2], shape[3], device);
        }

        switch (method)
        {
            case CompositionMethod.Masks:
                _rows = rows.Masks(_maps!, composition!.Scene);
                break;
            case CompositionMethod.Attention:
                _rows = rows.Attention(_maps!, composition!.Scene);
                break;
            case CompositionMethod.Halves or CompositionMethod.SoloFirst:
                _rows = rows.Halves(_maps!, composition!.Scene);
                break;
            default:
                _rows = rows.Merge(prompts.Scene);
                break;
        }

        if (method == CompositionMethod.SoloFirst && request.StartFrom is null)
        {
            _solo = [.. Enumerable.Range(0, prompts.Regions.Count).Select(rows.Solo)];
        }

        if (method == CompositionMethod.DeltaMask && network is not null)
        {
            // The scene's own LoRAs, if any, come first and reach everywhere.
            _loraMasks =
            [
                .. prompts.Scene.Loras.Select(_ => ones_like(_maps!.Seam)),
                .. prompts.Regions.SelectMany((r, i) => r.Loras.Select(_ => _maps!.Regions[i])),
            ];
        }
    }

    public Device Device { get; }

    /// <summary>Height and width in latents.</summary>
    public long[] Size => _shape[2..];

    /// <summary>Of all runs together.</summary>
    public int Steps => _plan.Steps + _solo.Count * _full.Steps;

    /// <param name="clean">Latents of the picture to start from; null: from noise.</param>
    /// <param name="stepDone">Gets the steps done of <see cref="Steps"/>.</param>
    /// <returns>Clean latents, owned by the caller's dispose scope.</returns>
    public Tensor Paint(Tensor? clean, SeededNoise noise, Action<int> stepDone)
    {
        using var scope = NewDisposeScope();
        if (_painter.Network is { } network)
        {
            network.UnetMasks = _loraMasks;
        }

        var done = 0;
        if (_solo.Count > 0)
        {
            clean = Solos(noise, () => stepDone(++done));
        }

        var latents = clean is null
            ? noise.Next(_shape, ScalarType.Float32, Device).Times(_plan.InitialNoiseScale)
            : _plan.AddNoise(clean, noise.Next(clean));
        var around = clean is not null && _request.Composition?.Repair is { } region && _maps is not null
            ? predict => Keeping(predict, clean, _maps.Regions[region])
            : (Func<NoisePredictor, NoisePredictor>?)null;
        return _painter.Paint(_rows, _request.GuidanceScale, _plan, latents, noise, () => stepDone(++done), around).MoveToOuterDisposeScope();
    }

    /// <summary>Every region as a picture of its own, side by side.</summary>
    private Tensor Solos(SeededNoise noise, Action stepDone)
    {
        var joined = zeros(_shape, ScalarType.Float32, Device);
        foreach (var (i, rows) in _solo.Index())
        {
            using var scope = NewDisposeScope();
            var window = _maps!.Windows[i];
            var start = noise.Next([_shape[0], _shape[1], window.Height, window.Width], ScalarType.Float32, Device).Times(_full.InitialNoiseScale);
            var alone = _painter.Paint(rows, _request.GuidanceScale, _full, start, noise, stepDone);
            window.Of(joined).PlusInPlace(alone.mul(window.Of(_maps.Regions[i])));
        }

        return joined;
    }

    /// <summary>Outside the mask the answer is the noise that leads back to the clean latents, whatever the network says.</summary>
    private NoisePredictor Keeping(NoisePredictor predict, Tensor clean, Tensor mask) => (input, timestep) =>
    {
        using var scope = NewDisposeScope();
        var sigma = _plan.Schedule.SigmaOf(timestep);
        var scale = Denoiser.InputScale(sigma);
        var kept = _painter.Prediction == PredictionType.Epsilon
            ? (input.Times(scale) - clean).Over(sigma)
            : (input.Over(scale) - clean).Times(scale / sigma);
        return kept.Plus((predict(input, timestep) - kept).mul(mask)).MoveToOuterDisposeScope();
    };
}
