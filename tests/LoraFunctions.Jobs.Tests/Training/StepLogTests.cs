using LoraFunctions.Jobs.Training.Log;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class StepLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string LogPath => _folder.Below("checkpoints", "log.csv");

    [Fact]
    public void Add_EveryStep_IsInTheFileAtOnce()
    {
        using var log = new StepLog(LogPath);
        log.StartAfter(0);
        log.Add(new StepRow(1, 1, 0.25, 2e-4, 0.5));

        File.ReadAllText(LogPath).ShouldBe("step,epoch,loss,learning_rate,gradient_norm\n1,1,0.25,0.0002,0.5\n");
    }

    [Fact]
    public void StartAfter_RowsOfAKilledAttempt_AreDroppedAndComeAgain()
    {
        using (var first = new StepLog(LogPath))
        {
            first.StartAfter(0);
            for (var i = 1; i <= 5; i++)
            {
                first.Add(new StepRow(i, 1, 1.0 / i, 1e-4, 1));
            }
        }

        File.AppendAllText(LogPath, "6,1,0.1");

        using var second = new StepLog(LogPath);
        second.Rows.Count.ShouldBe(5);
        second.StartAfter(3);
        second.Add(new StepRow(4, 1, 9, 1e-4, 1));

        second.Rows.Select(r => (r.Step, r.Loss)).ShouldBe([(1, 1.0), (2, 0.5), (3, 1.0 / 3), (4, 9.0)]);
        File.ReadLines(LogPath).Count().ShouldBe(5);
    }

    [Fact]
    public void WriteReport_Validation_StandsAtItsStep()
    {
        using var log = new StepLog(LogPath);
        log.StartAfter(0);
        log.Add(new StepRow(1, 1, 0.25, 2e-4, 0.5));
        log.Add(new StepRow(2, 1, 0.125, 2e-4, 0.5));

        log.WriteReport(_folder.Below("log.csv"), new Dictionary<int, double> { [2] = 0.3 });

        File.ReadAllText(_folder.Below("log.csv")).ShouldBe(
            "step,epoch,loss,learning_rate,gradient_norm,validation_loss\n1,1,0.25,0.0002,0.5,\n2,1,0.125,0.0002,0.5,0.3\n");
    }
}
