using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Showroom.Pretraining;
using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Pretraining;

public sealed class PretrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lora-pretraining-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // What is random about a step follows from its number, and the whole optimizer is kept: a run that was cut off ends as if it had not been.
    [Theory]
    [InlineData("vae")]
    [InlineData("clip")]
    [InlineData("unet-64")]
    public void Run_CutOffAndResumed_EndsWithTheSameWeights(string stage)
    {
        PretrainingOptions Options(string name) => new()
        {
            Folder = Path.Combine(folder, name),
            Steps = 4,
            Measured = 8,
            Pictures = 48,
            TwoCarsEvery = 2,
            From = stage.StartsWith("unet", StringComparison.Ordinal) ? ShowroomModels.BaseModel : null,
        };

        PretrainingResult whole = Pretrainer.Run(stage, Options("whole"));
        PretrainingResult half = Pretrainer.Run(stage, Options("halves") with { StepsOfThisRun = 2 });
        PretrainingResult other = Pretrainer.Run(stage, Options("halves"));

        (half.Step, half.Finished).ShouldBe((2, false));
        (other.Step, other.Finished).ShouldBe((4, true));
        other.Measure.ShouldBe(whole.Measure);
        byte[] State(string name) => File.ReadAllBytes(Path.Combine(folder, name, $"{stage}.state.safetensors"));
        State("halves").AsSpan().SequenceEqual(State("whole")).ShouldBeTrue();
    }

    [Fact]
    public void Clip_Written_LoadsAsTheLabellersModel()
    {
        Pretrainer.Run("clip", new PretrainingOptions { Folder = folder, Steps = 1, Measured = 8, Pictures = 64 });

        using ClipModel model = ClipModel.Load(Path.Combine(folder, "clip"));
        model.ImageProcessor.Size.ShouldBe(96);
        model.LogitScale.ShouldBeInRange(1, 100);
    }

    [Fact]
    public void Run_StageWithoutTheOneBefore_SaysWhichIsMissing() =>
        Should.Throw<InvalidOperationException>(() => Pretrainer.Run("unet-128", new PretrainingOptions { Folder = folder }))
            .Message.ShouldContain("Train unet-64 first");

    [Fact]
    public void Run_UnknownStage_NamesThoseThereAre() =>
        Should.Throw<ArgumentException>(() => Pretrainer.Run("unet", new PretrainingOptions { Folder = folder })).Message.ShouldContain("unet-192");
}
