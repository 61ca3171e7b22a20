using LoraFunctions.Diffusion;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Models;
using LoraFunctions.Diffusion.Training;
using Shouldly;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Set f: one batch through kohya's loss, backward pass and three steps of torch's AdamW, UNet and text encoder both trained.</summary>
public sealed class TrainingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _vectors = Golden.Tensors("f_train.vectors.safetensors");
    private readonly UNet2DConditionModel _unet = Networks.Unet();
    private readonly ClipTextModel _text = Networks.TextEncoder();
    private readonly LoraWeights _start = LoraTests.Load("lora");

    public void Dispose()
    {
        _start.Dispose();
        _text.Dispose();
        _unet.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LossesGradientsAndWeights_OverThreeSteps_MatchTheReference(bool isCheckpointed)
    {
        var json = Golden.Json("f_train");
        var (optim, tolerance) = (json.GetProperty("optim"), json.GetProperty("tolerance"));
        using var model = Model();
        using var network = model.Attach();
        using var checkpointing = new GradientCheckpointing();
        _unet.RunBlock = _text.RunBlock = isCheckpointed ? checkpointing.Run : null;
        var losses = new List<double>();
        var steps = optim.GetProperty("steps").GetInt32();
        for (var step = 0; step <= steps; step++)
        {
            model.ZeroGradient();
            using var loss = LossPerRow(gamma: null).mean();
            losses.Add(loss.item<float>());
            loss.backward();
            checkpointing.Clear();
            if (step == 0)
            {
                CompareGradients(model, tolerance.GetProperty("grad_rel_l2").GetDouble());
            }

            if (step < steps)
            {
                model.Step(factor: 1, step + 1);
            }
        }

        var expected = _vectors["losses_4"].data<float>().ToArray();
        losses.Count.ShouldBe(expected.Length);
        foreach (var (actual, wanted) in losses.Zip(expected))
        {
            Relative(actual, wanted, "loss").ShouldBeLessThanOrEqualTo(tolerance.GetProperty("loss_rel").GetDouble());
        }

        CompareWeights(model, tolerance);
    }

    [Fact]
    public void NoiseLossAndMinSnr_MatchTheReference()
    {
        using var grad = no_grad();
        var tolerance = Golden.Json("f_train").GetProperty("tolerance").GetProperty("loss_rel").GetDouble();
        using var model = Model();
        using var network = model.Attach();
        new DiffusionObjective().Schedule.AddNoise(_vectors["latents"], _vectors["noise"], _vectors["timesteps"]).ShouldMatch(_vectors["noisy"], 1e-5, 1e-6, "noisy");
        Predict().ShouldMatchSet(_vectors["pred"], "pred");

        LossPerRow(gamma: null).ShouldMatch(_vectors["loss_per_sample"], null, tolerance, "loss_per_sample");
        LossPerRow(gamma: 5).mean().ShouldMatch(_vectors["loss_min_snr5"], null, tolerance, "loss_min_snr5");

        var velocity = new DiffusionObjective { VPrediction = true };
        var timesteps = _vectors["timesteps"].data<long>().ToArray();
        var weights = timesteps.Select(t => (float)velocity.MinSnrWeight((int)t, 5)).ToArray();
        (LossPerRow(gamma: null) * tensor(weights)).mean().ShouldMatch(_vectors["loss_min_snr5_vpred_weight"], null, tolerance, "loss_min_snr5_vpred_weight");
        var snr = timesteps.Select(t => 5 / new DiffusionObjective().MinSnrWeight((int)t, 5)).ToArray();
        foreach (var (ours, reference) in snr.Zip(_vectors["snr"].data<float>().ToArray()).Where(p => p.Second > 5))
        {
            Relative(ours, reference, "snr").ShouldBeLessThanOrEqualTo(tolerance);
        }
    }

    [Fact]
    public void MinSnrGradient_MatchesTheReference()
    {
        using var model = Model();
        using var network = model.Attach();

        LossPerRow(gamma: 5).mean().backward();

        Relative(model.GradientNorm(), _vectors["grad_minsnr_norm"].item<float>(), "norm of all gradients")
            .ShouldBeLessThanOrEqualTo(Golden.Json("f_train").GetProperty("tolerance").GetProperty("grad_rel_l2").GetDouble());
    }

    private void CompareGradients(TrainableLora model, double relL2)
    {
        Relative(model.GradientNorm(), _vectors["grad_total_norm"].item<float>(), "grad_total_norm").ShouldBeLessThanOrEqualTo(relL2);
        var ours = model.Gradients().ToDictionary(g => g.Name, g => g.Gradient);
        var names = _vectors.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)).ToArray();
        names.Length.ShouldBe(ours.Count);
        foreach (var name in names)
        {
            ours[name["grad.".Length..]].ShouldMatch(_vectors[name], null, relL2, name);
        }
    }

    private void CompareWeights(TrainableLora model, System.Text.Json.JsonElement tolerance)
    {
        using var scope = NewDisposeScope();
        using var after = model.Snapshot();
        var pairs = after.Modules.SelectMany(m => new[] { (Key(m, "down"), m.Down, _start.Find(m.Layer)!.Down), (Key(m, "up"), m.Up, _start.Find(m.Layer)!.Up) })
            .Select(p => (Name: p.Item1, Ours: p.Item2.reshape(-1), Reference: _vectors["after3." + p.Item1].reshape(-1), Start: p.Item3.to(float32).reshape(-1)))
            .ToArray();
        pairs.Length.ShouldBe(_vectors.Keys.Count(k => k.StartsWith("after3.", StringComparison.Ordinal)));
        var (ours, reference, start) = (cat([.. pairs.Select(p => p.Ours)]), cat([.. pairs.Select(p => p.Reference)]), cat([.. pairs.Select(p => p.Start)]));
        ours.ShouldMatch(reference, tolerance.GetProperty("after_max_abs").GetDouble(), null, "after three steps");
        var differing = (ours - reference).abs().gt(TensorMath.Filled([1], 2e-6)).to(float32).mean().item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"share of elements over 2e-6: {differing:g3}");
        differing.ShouldBeLessThanOrEqualTo((float)tolerance.GetProperty("after_frac_over_2e_6").GetDouble());
        (ours - start).ShouldMatch(reference - start, null, 1e-3, "direction of the update");
    }

    private static string Key(LoraModule module, string role) => $"{module.Layer.Kohya}.lora_{role}.weight";

    private static double Relative(double actual, double expected, string what)
    {
        var relative = Math.Abs(actual - expected) / Math.Abs(expected);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {actual:g9} for {expected:g9}, relative {relative:g3}");
        return relative;
    }

    private TrainableLora Model()
    {
        var optim = Golden.Json("f_train").GetProperty("optim");
        var (rate, betas) = (optim.GetProperty("lr").GetDouble(), optim.GetProperty("betas"));
        var options = new LoraTrainingOptions
        {
            LearningRate = rate, TextEncoderLearningRate = rate, Beta1 = betas[0].GetDouble(), Beta2 = betas[1].GetDouble(),
            WeightDecay = optim.GetProperty("weight_decay").GetDouble(), Epsilon = optim.GetProperty("eps").GetDouble(),
        };
        var layers = LoraLayers.Choose(_unet.AdaptableLayers(), LoraTargets.Kohya | LoraTargets.Convolutions, _text.AdaptableLayers());
        return new TrainableLora([.. layers.Where(l => _start.Find(l.Key) is not null)], options, _start);
    }

    private Tensor Predict() => _unet.forward(_vectors["noisy"], _vectors["timesteps"], _text.Encode(_vectors["input_ids"]));

    private Tensor LossPerRow(double? gamma) => new DiffusionObjective().LossPerRow(
        Predict(), _vectors["latents"], _vectors["noise"], _vectors["timesteps"], gamma);
}
