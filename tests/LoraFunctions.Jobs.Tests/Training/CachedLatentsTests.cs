using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs.Pictures;
using LoraFunctions.Jobs.Training;
using LoraFunctions.Jobs.Training.Data;
using Shouldly;
using TorchSharp;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class CachedLatentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StableDiffusionModel _model;

    public CachedLatentsTests() => _model = StableDiffusionModel.Load(TinyModels.StableDiffusion(_folder.Below("base")));

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Encode_ByDefault_KeepsTheVaesDistributionsOfUnmirroredPhotosAndNoPixels()
    {
        var plan = Plan("");
        var picture = plan.Photos.Photos[1].Pixels!;
        using var latents = new CachedLatents();

        var examples = latents.Encode(plan, _model.Vae, progress: null, CancellationToken.None);

        examples.Select(e => e.Name).ShouldBe(["p0.png", "p1.png", "p2.png", "p3.png"]);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var moments = _model.Vae.Encode(PixelTensors.From(picture));
        Numbers(examples[1].Latents.Mean).ShouldBe(Numbers(moments.Mean[0]));
        Numbers(examples[1].Latents.LogVariance).ShouldBe(Numbers(moments.LogVariance[0]));
        Numbers(examples[1].Latents.LogVariance).ShouldNotContain(0f);
        examples.ShouldAllBe(e => e.Mirrored == null);
        plan.Photos.Photos.ShouldAllBe(p => p.Pixels == null);
    }

    [Fact]
    public void Encode_Flip_KeepsTheMirroredPhotosToo()
    {
        var plan = Plan("flip: true");
        var mirrored = CachedLatents.Mirror(plan.Photos.Photos[0].Pixels!);
        using var latents = new CachedLatents();

        var example = latents.Encode(plan, _model.Vae, progress: null, CancellationToken.None)[0];

        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Numbers(example.Mirrored!.Mean).ShouldBe(Numbers(_model.Vae.Encode(PixelTensors.From(mirrored)).Mean[0]));
        Numbers(example.Mirrored.Mean).ShouldNotBe(Numbers(example.Latents.Mean));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("shuffle_caption: true", true)]
    [InlineData("text_encoder_learning_rate: 1e-5", true)]
    [InlineData("sample_every_epochs: 1\nsample_count: 1\nsample_steps: 1", false)]
    [InlineData("sample_every_epochs: 1\nsample_count: 1\nsample_steps: 1\nshuffle_caption: true", true)]
    public void Run_WhileItTrains_HoldsNoVaeAndATextEncoderOnlyWhereEveryStepNeedsIt(string more, bool textEncoder)
    {
        StableDiffusionModel? model = null;
        var held = new List<(bool Vae, bool TextEncoder)>();
        void Look() => held.Add((IsHeld(() => model!.Vae), IsHeld(() => model!.TextEncoder)));
        var job = new TrainingJob
        {
            Begun = begun =>
            {
                model = begun;
                Look();
            },
        };

        job.Run(TinyTraining.Request(_folder, "tesla", more) with { Observer = new At(Look) });

        held.Count.ShouldBe(5, "at the beginning and after every step, two of which end an epoch");
        held.Distinct().ShouldHaveSingleItem().ShouldBe((false, textEncoder));
    }

    private static float[] Numbers(torch.Tensor tensor) => [.. tensor.contiguous().data<float>()];

    private static bool IsHeld(Func<object> part)
    {
        try
        {
            return part() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private TrainingPlan Plan(string more) =>
        TrainingPlan.Read(TinyTraining.Request(_folder, "tesla", more), progress: null, CancellationToken.None);

    private sealed class At(Action look) : ITrainingObserver
    {
        public void CheckpointSaved(string folder, IReadOnlyList<string> files, int step) => look();
    }
}
