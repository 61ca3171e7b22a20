using LoraFunctions.Jobs;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests;

public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Of_ResumedTraining_CountsItsOwnStepsOnly()
    {
        var pace = new Pace(_time);

        pace.Of(new JobProgress("training", 501, 600)).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(20));
        pace.Of(new JobProgress("training", 541, 600)).ShouldMatch(@"^, 2\.0 it/s, 0:29 left, \d+\.\d GB$");
        _time.Advance(TimeSpan.FromSeconds(30));
        pace.Of(new JobProgress("training", 600, 600)).ShouldMatch(@"^, 2\.0 it/s, \d+\.\d GB$");
    }

    [Fact]
    public void Of_SlowSteps_AreSecondsAStepAndHours()
    {
        var pace = new Pace(_time);

        pace.Of(new JobProgress("training", 1, 750));
        _time.Advance(TimeSpan.FromSeconds(30.5));

        pace.Of(new JobProgress("training", 2, 750)).ShouldMatch(@"^, 30\.5 s/it, 6:20:14 left, ");
    }

    [Fact]
    public void Of_StageThatComesAgain_BeginsAnew()
    {
        var pace = new Pace(_time);
        pace.Of(new JobProgress("sample pictures", 0, 5));
        _time.Advance(TimeSpan.FromHours(1));

        pace.Of(new JobProgress("sample pictures", 5, 5));
        pace.Of(new JobProgress("sample pictures", 0, 5)).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(2));

        pace.Of(new JobProgress("sample pictures", 1, 5)).ShouldMatch("^, 2.0 s/it, 0:08 left, ");
    }
}
