using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Jobs.Tests;

/// <summary>The count is the process's, so nothing may run beside these.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public sealed class LiveTensors;

/// <summary>A worker does job after job: each must leave as many live tensors as it found.</summary>
[Collection(nameof(LiveTensors))]
public sealed class LiveTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LiveTensorsTests()
    {
        TinyModels.Clip(_folder.Below("clip"));
        TinyModels.StableDiffusion(_folder.Below("base"));
        for (var i = 0; i < 3; i++)
        {
            TestPictures.WritePng(_folder.Below("photos", $"p{i}.png"), 80, 64, i);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryJob_Done_LeavesNoTensorBehind()
    {
        Growth(Label).ShouldBe(Growth(() => ClipModel.Load(_folder.Below("clip")).Dispose()), "labelling");

        var lora = "";
        Growth(() => lora = new TrainingJob().Run(Training()).LoraPath).ShouldBe(TrainingsOwn(sheets: 2), "training");
        Growth(() => Render(lora)).ShouldBe(CheckingAndLoading(), "rendering");
    }

    [Fact]
    public void Training_Cancelled_LeavesNoTensorBehind()
    {
        Label();
        using var cancel = new CancellationTokenSource();

        var progress = new CancelAt("training", cancel);

        Growth(() => Should.Throw<OperationCanceledException>(() => new TrainingJob().Run(Training(), progress, cancel.Token)))
            .ShouldBe(TrainingsOwn(sheets: 1));
    }

    /// <summary>
    /// By how much the count rises. TorchSharp's Parameter takes a tensor over without taking it off the count, so loading a model raises
    /// it by the number of its parameters although everything is freed: what a job does beside loading is what counts.
    /// </summary>
    private static long Growth(Action job)
    {
        var before = Tensor.TotalCount;
        job();
        return Tensor.TotalCount - before;
    }

    /// <summary>A training loads the VAE again for every sheet.</summary>
    private long TrainingsOwn(int sheets)
    {
        var loadingVae = Growth(() =>
        {
            using var model = StableDiffusionModel.Load(_folder.Below("base"));
            model.ReleaseVae();
            model.Restore();
        }) - Growth(() => StableDiffusionModel.Load(_folder.Below("base")).Dispose());
        return CheckingAndLoading() + (sheets * loadingVae);
    }

    private long CheckingAndLoading() =>
        Growth(() => StableDiffusionModel.Check(_folder.Below("base")))
        + Growth(() => StableDiffusionModel.Load(_folder.Below("base")).Dispose());

    private void Render(string lora) => new PictureJob().Run(new PictureRequest
    {
        BaseModel = _folder.Below("base"),
        Picture = new TextToImageRequest { Prompt = "car, <lora:tesla:0.8>", Width = 64, Height = 64, Steps = 2, Sampler = "Euler" },
        Loras = [new NamedLora("tesla", lora)],
        OutputPath = _folder.Below("x.png"),
    });

    private void Label() => new LabellingJob().Run(new LabellingRequest
    {
        PhotosFolder = _folder.Below("photos"),
        LabelTable = RepositoryFiles.Of("infra", "config", "labels.yaml"),
        ClipFolder = _folder.Below("clip"),
        DisplayName = "Tesla Model Y",
        OutputFolder = _folder.Below("photos"),
    });

    private TrainingRequest Training() => new()
    {
        Configurations = [_folder.Write("tesla.yaml", """
            train_data_dir: photos
            base_model: base
            output_dir: out
            resolution: 64
            lora_rank: 2
            batch_size: 2
            epochs: 2
            flip: true
            validation_share: 0.3
            text_encoder_learning_rate: 1e-5
            sample_every_epochs: 1
            sample_count: 1
            sample_steps: 1
            """)],
    };

    private sealed class CancelAt(string stage, CancellationTokenSource cancel) : IProgress<JobProgress>
    {
        public void Report(JobProgress value)
        {
            if (value.Stage == stage)
            {
                cancel.Cancel();
            }
        }
    }
}
