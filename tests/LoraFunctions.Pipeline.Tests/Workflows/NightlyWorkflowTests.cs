using LoraFunctions.Pipeline.Activities;
using LoraFunctions.Pipeline.Messages;
using LoraFunctions.Pipeline.Tests.Workflows.Replaying;
using LoraFunctions.Pipeline.Workflows;

namespace LoraFunctions.Pipeline.Tests.Workflows;

public sealed class NightlyWorkflowTests
{
    [Fact]
    public void Run_EverythingWorks_PublishesAndReportsEveryListingModelAndComparison()
    {
        var run = new FakeNight().RunNight();

        var report = Report(run);
        report.Listings.Select(l => (l.Listing.ListingId, l.Status)).ShouldBe(
            FakeNight.Listings.Select(l => (l, l == "bad" ? ListingStatus.NothingAccepted : ListingStatus.Labelled)));
        report.Models.Select(m => (m.ModelKey, m.Status)).ShouldBe(
        [
            ("model-a", CarModelStatus.Trained),
            ("model-b", CarModelStatus.Trained),
            ("model-c", CarModelStatus.Waiting),
        ]);
        report.Models[2].Reason.ShouldBe("it has 20 of 50 photos; 30 more must pass the gate");
        report.Comparisons.Select(c => c.Status).ShouldAllBe(s => s == JobOutcomeStatus.Succeeded);
        report.Pictures.ShouldBe(4);
        report.Manifest.ShouldNotBeNull();
        run.Result<NightOutcome>().Pictures.ShouldBe(4);
    }

    [Fact]
    public void Run_PairLeftOut_EndsWithAProblemThatIsInTheReport()
    {
        var outcome = new FakeNight().RunNight().Result<NightOutcome>();

        outcome.Status.ShouldBe(NightStatus.SucceededWithProblems);
        outcome.Problems.ShouldBe(1);
    }

    [Fact]
    public void Run_OneListingsGateFails_TheOthersGoOnAndTheReportNamesIt()
    {
        var night = new FakeNight { Failing = { $"{ActivityNames.GateListing} a2" } };

        var run = night.RunNight();

        var report = Report(run);
        report.Listings.Single(l => l.Status == ListingStatus.Failed).Reason.ShouldBe("GateListing of a2 is down");
        Input<CarModelInput>(run, "nightly-20250302:model:model-a").Listings.Select(l => l.ListingId).ShouldBe(["a1", "a3"]);
        report.Pictures.ShouldBe(4);
    }

    [Fact]
    public void Run_ListingWithoutAcceptedPhoto_IsTakenIntoTheDatasetWithItsReportOnly()
    {
        var run = new FakeNight().RunNight();

        Input<CarModelInput>(run, "nightly-20250302:model:model-b").Listings.Select(l => (l.ListingId, l.LabelJobId)).ShouldBe(
        [
            ("b1", "label-b1"),
            ("b2", "label-b2"),
            ("bad", null),
        ]);
    }

    [Fact]
    public void Run_TrainingFails_TheOtherModelIsTrainedAndTheReasonReported()
    {
        var night = new FakeNight { FailingJobs = { "train-model-a" } };

        var report = Report(night.RunNight());

        report.Models[0].Status.ShouldBe(CarModelStatus.Failed);
        report.Models[0].Reason.ShouldBe("training: the GPU ran out of memory (job train-model-a)");
        report.Models[1].Status.ShouldBe(CarModelStatus.Trained);
        report.Comparisons.Count.ShouldBe(2);
    }

    [Fact]
    public void Run_OneComparisonFails_OnlyTheOtherIsPublished()
    {
        var night = new FakeNight { FailingJobs = { "render-street" } };

        var run = night.RunNight();

        Input<PublishNightInput>(run, ActivityNames.PublishNight).Comparisons.Select(c => c.Scene).ShouldBe(["night"]);
        Report(run).Comparisons[0].Reason.ShouldBe("the GPU ran out of memory (job render-street)");
    }

    [Theory]
    [InlineData(ActivityNames.PlanComparisons, "comparisons")]
    [InlineData(ActivityNames.PublishNight, "publishing")]
    public void Run_StageFails_TheReportNamesItAndIsWritten(string activity, string subject)
    {
        var night = new FakeNight { Failing = { activity } };

        var report = Report(night.RunNight());

        report.Status.ShouldBe(NightStatus.SucceededWithProblems);
        report.Problems.ShouldContain(new ReportedProblem(subject, $"{activity} is down"));
        report.Models.Count(m => m.Status == CarModelStatus.Trained).ShouldBe(2);
        report.Pictures.ShouldBe(0);
    }

    [Fact]
    public void Run_PlanFails_ReportsAFailedNight()
    {
        var night = new FakeNight { Failing = { ActivityNames.PlanNight } };

        var run = night.RunNight();

        run.Result<NightOutcome>().Status.ShouldBe(NightStatus.Failed);
        Report(run).Problems.ShouldBe([new ReportedProblem("the night's plan", "PlanNight is down")]);
        run.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public void Run_ReportCannotBeWritten_Fails()
    {
        var night = new FakeNight { Failing = { ActivityNames.WriteNightReport } };

        night.RunNight().Failure.ShouldBeOfType<ActivityFailedException>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Run_ManyListings_NoMoreAtOnceThanPlanned(int atOnce)
    {
        var run = new FakeNight { AtOnce = atOnce }.RunNight();

        run.MostAtOnce.ShouldBe(Math.Min(atOnce, FakeNight.Listings.Length));
        run.Calls.Count(c => c.Name == WorkflowNames.Listing).ShouldBe(FakeNight.Listings.Length);
    }

    private static NightReport Report(WorkflowRun run) => Input<NightReport>(run, ActivityNames.WriteNightReport);

    private static T Input<T>(WorkflowRun run, string nameOrInstance) =>
        run.Calls.Single(c => c.Name == nameOrInstance || c.InstanceId == nameOrInstance).Read<T>();
}
