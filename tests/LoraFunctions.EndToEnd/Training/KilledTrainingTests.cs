using System.Diagnostics;
using LoraFunctions.EndToEnd.Nightly;

namespace LoraFunctions.EndToEnd.Training;

/// <summary><c>lora train</c> as a process, killed with -9: it goes on from its last checkpoint and ends with the same files, byte for byte.</summary>
public sealed class KilledTrainingTests(PeacefulTraining peaceful, ITestOutputHelper output) : IClassFixture<PeacefulTraining>
{
    private const int Steps = PeacefulTraining.Steps;
    private const int Kills = 10;
    private const int MostTries = 60;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Train_KilledAtTenRandomMoments_EndsWithTheSameFiles()
    {
        var random = new Random(9);
        string killed = peaceful.Stage.Below("killed");
        long before = 0;

        for (int kill = 1; kill <= Kills; kill++)
        {
            using LoraProcess training = peaceful.Start(killed);
            long target = before + random.Next(0, 3);
            // While it starts and loads, or between and during its steps.
            var delay = TimeSpan.FromMilliseconds(random.Next(0, target == before ? 3000 : 300));
            await WaitAsync(training, () => TrainingStage.CheckpointStep(killed) >= target);
            long from = Stopwatch.GetTimestamp();
            await WaitAsync(training, () => Stopwatch.GetElapsedTime(from) >= delay || TrainingStage.CheckpointStep(killed) > target);
            training.HasEnded.ShouldBeFalse("the training ended before it could be killed");
            await training.KillAsync(Stop);

            long step = TrainingStage.CheckpointStep(killed);
            output.WriteLine($"kill {kill}: checkpoint {before} -> {step}");
            step.ShouldBeInRange(before, Steps - 1);
            before = step;
        }

        await EndAsPeacefullyAsync(killed, before);
    }

    [Fact]
    public async Task Train_KilledInTheMiddleOfACheckpoint_GoesOnFromTheOneBefore()
    {
        string killed = peaceful.Stage.Below("cut");
        string checkpoints = Directory.CreateDirectory(Path.Combine(killed, "checkpoints")).FullName;
        long before = 0;
        for (int cut = 0, tries = 0; cut < 3; tries++)
        {
            tries.ShouldBeLessThan(MostTries);
            using LoraProcess training = peaceful.Start(killed);
            await WaitAsync(training, () => TrainingStage.CheckpointStep(killed) > before);
            SpinUntilPartial(training, checkpoints);
            training.HasEnded.ShouldBeFalse("the training ended before it could be killed");
            await training.KillAsync(Stop);

            bool isCut = Directory.GetFiles(checkpoints, "*.partial").Length > 0;
            cut += isCut ? 1 : 0;
            before = TrainingStage.CheckpointStep(killed);
            output.WriteLine($"killed after checkpoint {before}, in the middle of a write: {isCut}");
        }

        await EndAsPeacefullyAsync(killed, before);
    }

    private static async Task WaitAsync(LoraProcess training, Func<bool> isReached)
    {
        while (!training.HasEnded && !isReached())
        {
            await Task.Delay(Look, Stop);
        }
    }

    // A write takes milliseconds: whoever sleeps misses it.
    private static void SpinUntilPartial(LoraProcess training, string checkpoints)
    {
        while (!training.HasEnded && !Directory.EnumerateFiles(checkpoints, "*.partial").Any())
        {
            Stop.ThrowIfCancellationRequested();
        }
    }

    private async Task EndAsPeacefullyAsync(string killed, long step)
    {
        using LoraProcess last = peaceful.Start(killed);
        (await last.EndAsync(Stop)).ShouldBe(0, last.Output);
        last.Output.Split('\n').First(line => line.StartsWith("training ", StringComparison.Ordinal)).ShouldStartWith($"training {step + 1}/{Steps}");
        TrainingStage.Files(killed).ShouldBe(TrainingStage.Files(peaceful.Folder));
    }
}
