using LoraFunctions.Cli.Nightly;
using LoraFunctions.Worker.Running;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

public sealed class NightProgressTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void Ended_TrainingAnnouncedTwice_IsToldOnce()
    {
        NightProgress progress = Progress();

        progress.Ended(Training("train-1"), JobState.Done, reason: null);
        progress.Ended(Training("train-1"), JobState.Done, reason: null);
        progress.Ended(Training("train-2"), JobState.Done, reason: null);

        Lines().ShouldBe(["train aurora-sedan-2024: done", "train aurora-sedan-2024: done"]);
    }

    [Theory]
    [InlineData(JobState.LeftByStop, "stopped; it is gone on with when the night is started again")]
    [InlineData(JobState.LeftToRetry, "failed this time and is tried again")]
    [InlineData(JobState.Postponed, "another worker is at it")]
    [InlineData(JobState.Lost, "another worker has taken it over")]
    public void Ended_NotDone_SaysWhatThatMeans(JobState state, string words)
    {
        Progress().Ended(Training("train-1"), state, reason: null);

        Lines().ShouldBe([$"train aurora-sedan-2024: {words}"]);
    }

    private static JobMessage Training(string jobId) =>
        new(1, jobId, JobKind.Train, "night-2025-03-01:model:aurora-sedan-2024:train", "done-1", new BlobRef("jobs", "spec.json", "", ""), null);

    private NightProgress Progress() =>
        new(new PlainNightDisplay(CliConsole.ForWriters(_output, TextWriter.Null), TimeProvider.System));

    private string[] Lines() => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
