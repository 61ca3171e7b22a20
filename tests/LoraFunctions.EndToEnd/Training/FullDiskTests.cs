using LoraFunctions.EndToEnd.Nightly;

namespace LoraFunctions.EndToEnd.Training;

/// <summary><c>lora train</c> on a disk that gets full: it says so, loses nothing, and goes on once there is room.</summary>
public sealed class FullDiskTests(PeacefulTraining peaceful, ITestOutputHelper output) : IClassFixture<PeacefulTraining>
{
    private const int FullAtStep = 5;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Train_DiskFull_SaysSoAndGoesOnOnceThereIsRoom()
    {
        using SmallDisk? disk = SmallDisk.TryMount(peaceful.Stage.Below("disk"), megabytes: 64, out string reason);
        Assert.SkipWhen(
            disk is null,
            $"A small file system cannot be mounted here ({reason}). The engine's checkpoint tests inject a full disk instead.");
        string folder = Path.Combine(disk!.Folder, "out");

        using (LoraProcess training = peaceful.Start(folder))
        {
            while (!training.HasEnded && TrainingStage.CheckpointStep(folder) < FullAtStep)
            {
                await Task.Delay(1, Stop);
            }

            while (!training.HasEnded)
            {
                disk.Fill();
                await Task.Delay(1, Stop);
            }

            await FailsForWantOfRoomAsync(training);
        }

        long step = TrainingStage.CheckpointStep(folder);
        step.ShouldBeInRange(FullAtStep, PeacefulTraining.Steps - 1);

        using (LoraProcess training = peaceful.Start(folder))
        {
            await FailsForWantOfRoomAsync(training);
        }

        TrainingStage.CheckpointStep(folder).ShouldBe(step);

        disk.MakeRoom();
        using LoraProcess last = peaceful.Start(folder);
        (await last.EndAsync(Stop)).ShouldBe(0, last.Output);
        TrainingStage.Files(folder).ShouldBe(TrainingStage.Files(peaceful.Folder));
    }

    private async Task FailsForWantOfRoomAsync(LoraProcess training)
    {
        (await training.EndAsync(Stop)).ShouldBe(1, training.Output);
        output.WriteLine(training.Output);
        training.Output.ShouldContain("No space left on device");
        training.Output.ShouldContain("Make room");
    }
}
