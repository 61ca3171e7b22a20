using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Training;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Training;

/// <summary>A training that begins with the weights of another.</summary>
public sealed class WarmStartTests : IDisposable
{
    private readonly InterruptedTraining _training = new();
    private readonly LoraWeights _last;

    public WarmStartTests()
    {
        using var result = _training.Tiny.Trainer().Train(_training.Run with { Options = _training.Run.Options with { Epochs = 1 } });
        _last = new LoraWeights(result.Weights.Modules.Select(m => new LoraModule(m.Layer, m.Down.clone(), m.Up.clone(), m.Alpha)));
    }

    public void Dispose()
    {
        _last.Dispose();
        _training.Dispose();
    }

    [Fact]
    public void Train_FromALora_BeginsWithItsWeights()
    {
        var run = Warm() with { Options = _training.Run.Options with { LearningRate = 1e-30, TextEncoderLearningRate = 1e-30 } };

        using var result = _training.Tiny.Trainer().Train(run);

        foreach (var module in result.Weights.Modules)
        {
            var last = _last.Find(module.Layer).ShouldNotBeNull();
            module.Down.allclose(last.Down).ShouldBeTrue();
            module.Up.allclose(last.Up, atol: 1e-20).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Train_FromALoraAndInterrupted_EndsWithTheSameBits(int step)
    {
        string whole = InterruptedTraining.Finish(_training.Tiny.Trainer(), Warm());
        using var cancel = new CancellationTokenSource();
        var recorder = new Recorder { OnStep = s => InterruptedTraining.CancelAt(s.Step, step, cancel) };
        Should.Throw<OperationCanceledException>(() => _training.Tiny.Trainer(_training.Folder, recorder).Train(Warm(), cancel.Token));

        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), Warm()).ShouldBe(whole);

        whole.ShouldNotBe(InterruptedTraining.Finish(_training.Tiny.Trainer(), _training.Run));
    }

    [Fact]
    public void Train_CheckpointOfAnotherStart_IsNotGoneOnWith()
    {
        InterruptedTraining.Finish(_training.Tiny.Trainer(_training.Folder), Warm());

        Should.Throw<TrainingCheckpointException>(() => _training.Tiny.Trainer(_training.Folder).Train(_training.Run)).Message
            .ShouldContain("it started from the LoRA abc, now it is no LoRA");
    }

    [Fact]
    public void Train_FromALoraThatDoesNotFit_NamesEveryDifference()
    {
        var run = Warm();
        Refused(run with { Options = run.Options with { Rank = 8 } }).ShouldContain("has rank 4 and alpha");
        Refused(run with { Options = run.Options with { TextEncoderLearningRate = null } }).ShouldContain("has modules for layers that are not trained: lora_te_");
        Refused(run with { Options = run.Options with { Targets = LoraTargets.Kohya } }).ShouldContain("has no module for lora_unet_");

        string Refused(LoraTrainingRun unfit) => Should.Throw<LoraException>(() => _training.Tiny.Trainer().Train(unfit)).Message;
    }

    private LoraTrainingRun Warm() => _training.Run with { Start = _last, StartDigest = "abc" };
}
