using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Tests.Replaying;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Night;

public sealed class NightOrchestratorTests
{
    [Fact]
    public void Run_EverythingWorks_PublishesAndReportsEveryListingModelAndComparison()
    {
        var run = new FakeNight().RunNight();

        var report = Report(run);
        report.Listings.Select(l => (l.ListingId, l.Status)).ShouldBe(
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
        var night = new FakeNight { Failing = { $"{nameof(GateListing)} a2" } };

        var run = night.RunNight();

        var report = Report(run);
        report.Listings.Single(l => l.Status == ListingStatus.Failed).Reason.ShouldBe("GateListing of a2 is down");
        Assembled(run, "model-a").Listings.Select(l => l.ListingId).ShouldBe(["a1", "a3"]);
        report.Pictures.ShouldBe(4);
    }

    [Fact]
    public void Run_ListingWithoutAcceptedPhoto_IsTakenIntoTheDatasetWithItsReportOnly()
    {
        var run = new FakeNight().RunNight();

        Assembled(run, "model-b").Listings.Select(l => (l.ListingId, l.LabelJobId)).ShouldBe(
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

        Input<PublishNightInput>(run, nameof(PublishNight)).Comparisons.Select(c => c.Scene).ShouldBe(["night"]);
        Report(run).Comparisons[0].Reason.ShouldBe("the GPU ran out of memory (job render-street)");
    }

    [Theory]
    [InlineData(nameof(PlanNight), "the night's plan", 0)]
    [InlineData(nameof(PlanComparisons), "comparisons", 2)]
    [InlineData(nameof(PublishNight), "publishing", 2)]
    public void Run_CannotBePlannedOrPublished_WritesItsReportAndFailsForTheEngine(string activity, string subject, int trained)
    {
        var run = new FakeNight { Failing = { activity } }.RunNight();

        var report = Report(run);
        report.Status.ShouldBe(NightStatus.Failed);
        report.Problems.ShouldContain(new ReportedProblem(subject, $"{activity} is down"));
        report.Models.Count(m => m.Status == CarModelStatus.Trained).ShouldBe(trained);
        run.Failure.ShouldNotBeNull().Message.ShouldBe($"The night of 2025-03-02 failed: {subject}: {activity} is down (report: jobs/report.json)");
    }

    [Fact]
    public void Run_OnePairsJobsCannotBePrepared_IsReported()
    {
        var report = Report(new FakeNight { Failing = { nameof(PrepareRenderJobs) } }.RunNight());

        report.Comparisons.ShouldBe([new ComparisonOutcome("model-a", "model-b", "street, night", "", JobOutcomeStatus.Failed, "PrepareRenderJobs is down")]);
        report.Status.ShouldBe(NightStatus.SucceededWithProblems);
    }

    /// <summary>
    /// One GPU; trainings take an hour, two and a half hours are there, one of them for rendering: the first fits, the second would not end in time.
    /// </summary>
    [Fact]
    public void Run_DeadlineInTheMiddleOfTheTrainings_CarriesTheRestOverAndPublishesEveryPairWithTwoLoras()
    {
        var night = new FakeNight
        {
            AtOnce = 1,
            Deadline = OrchestratorRun.Begin.AddMinutes(92),
            LostJobs = { "train-model-a", "train-model-b" },
            TrainedBefore = { "model-a", "model-b" },
        };

        var run = night.RunNight();

        var report = Report(run);
        report.Models.Select(m => (m.ModelKey, m.Status)).ShouldBe(
        [
            ("model-a", CarModelStatus.CarriedOver),
            ("model-b", CarModelStatus.CarriedOver),
            ("model-c", CarModelStatus.Waiting),
        ]);
        report.Models[0].Reason.ShouldBe("carried over to the next night: job train-model-a: it had no result when its time was over; its worker goes on, and the next night takes the result up");
        report.Models[1].Reason.ShouldBe("carried over to the next night: job train-model-b: there was no time left to begin it");
        report.Comparisons.Select(c => c.Status).ShouldBe([JobOutcomeStatus.Succeeded, JobOutcomeStatus.Succeeded]);
        report.Pictures.ShouldBe(4);
        report.Failures().ShouldBe(1, "the pair that is left out, and no training that was carried over");
    }

    [Fact]
    public void Run_TwoTrainingsOfThree_ThePairOfTheFirstTwoDoesNotWaitForTheThird()
    {
        var run = new FakeNight { AtOnce = 1, LateModel = "model-c" }.RunNight();

        var calls = run.Calls.ToList();
        var rendering = calls.FindIndex(c => c.Name == nameof(PrepareRenderJobs));
        rendering.ShouldBeLessThan(calls.FindIndex(c => c.Name == nameof(PublishLora) && c.Read<PublishLoraInput>().ModelKey == "model-c"));
        Report(run).Models[2].Status.ShouldBe(CarModelStatus.Trained);
    }

    [Fact]
    public void Run_ReportCannotBeWritten_Fails()
    {
        var night = new FakeNight { Failing = { nameof(WriteNightReport) } };

        night.RunNight().Failure.ShouldBeOfType<Microsoft.DurableTask.TaskFailedException>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Run_ManyListings_NoMoreAtOnceThanPlanned(int atOnce)
    {
        var run = new FakeNight { AtOnce = atOnce }.RunNight();

        run.MostAtOnce.ShouldBe(Math.Min(atOnce, FakeNight.Listings.Length));
        run.Calls.Count(c => c.Name == nameof(ListingOrchestrator)).ShouldBe(FakeNight.Listings.Length);
    }

    private static NightReport Report(OrchestratorRun run) => Input<NightReport>(run, nameof(WriteNightReport));

    private static AssembleDatasetInput Assembled(OrchestratorRun run, string modelKey) =>
        run.Calls.Where(c => c.Name == nameof(AssembleDataset)).Select(c => c.Read<AssembleDatasetInput>()).Single(i => i.ModelKey == modelKey);

    private static T Input<T>(OrchestratorRun run, string name) =>
        run.Calls.Single(c => c.Name == name).Read<T>();
}
