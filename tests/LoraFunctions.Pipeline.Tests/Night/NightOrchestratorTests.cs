using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Datasets;
using LoraFunctions.Pipeline.Jobs;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Orchestration;
using LoraFunctions.Pipeline.Tests.Replaying;
using LoraFunctions.Pipeline.Training;

namespace LoraFunctions.Pipeline.Tests.Night;

public sealed class NightOrchestratorTests
{
    [Fact]
    public void Run_EverythingWorks_PublishesAndReportsEveryListingModelAndComparison()
    {
        var night = new FakeNight();

        var run = night.RunNight();

        var report = Report(run);
        report.Listings.Select(l => (l.ListingId, l.Status)).ShouldBe(
            night.Listings.Select(l => (l, l == "bad" ? ListingStatus.NothingAccepted : ListingStatus.Labelled)));
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

        var report = Report(night.RunNight());

        report.Listings.Single(l => l.Status == ListingStatus.Failed).Reason.ShouldBe("GateListing of a2 is down");
        Assembled(night, "model-a").Listings.Select(l => l.ListingId).ShouldBe(["a1", "a3"]);
        report.Pictures.ShouldBe(4);
    }

    [Fact]
    public void Run_ListingWithoutAcceptedPhoto_IsTakenIntoTheDatasetWithItsReportOnly()
    {
        var night = new FakeNight();

        night.RunNight();

        Assembled(night, "model-b").Listings.Select(l => (l.ListingId, l.LabelJobId)).ShouldBe(
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

    [Fact]
    public void Run_EveryListingFailsForOneReason_IsOneProblemOfTheNight()
    {
        var report = Report(new FakeNight { Failing = { nameof(PrepareLabelJob) } }.RunNight());

        report.Listings.Count(l => l.Status == ListingStatus.Failed).ShouldBe(6);
        report.Failed().Select(p => $"{p.Subject}: {p.Reason}").ShouldBe(["model-a vs model-c: model-c has no LoRA yet", "listing a1 and 5 more: PrepareLabelJob is down"]);
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
        report.Failed().ShouldHaveSingleItem("the pair that is left out, and no training that was carried over").Subject.ShouldBe("model-a vs model-c");
    }

    [Fact]
    public void Run_TwoTrainingsOfThree_ThePairOfTheFirstTwoDoesNotWaitForTheThird()
    {
        var night = new FakeNight { AtOnce = 1, LateModel = "model-c" };

        var run = night.RunNight();

        var rendering = night.Calls.FindIndex(c => c.Name == nameof(PrepareRenderJobs));
        rendering.ShouldBeLessThan(night.Calls.FindIndex(c => c.Name == nameof(PublishLora) && c.Read<PublishLoraInput>().ModelKey == "model-c"));
        Report(run).Models[2].Status.ShouldBe(CarModelStatus.Trained);
    }

    [Fact]
    public void Run_ReportCannotBeWritten_Fails()
    {
        var night = new FakeNight { Failing = { nameof(WriteNightReport) } };

        night.RunNight().Failure.ShouldBeOfType<Microsoft.DurableTask.TaskFailedException>();
    }

    [Theory]
    [InlineData(nameof(ListingsOrchestrator), 7, 0, 2)]
    [InlineData(nameof(DatasetsOrchestrator), 0, 3, 2)]
    [InlineData(nameof(TrainAndRenderOrchestrator), 0, 2, 1)]
    public void Run_AChunkIsLost_EveryItemOfItIsReportedAndTheNightGoesOn(string orchestrator, int listings, int models, int comparisons)
    {
        var report = Report(new FakeNight { Failing = { orchestrator } }.RunNight());

        report.Status.ShouldBe(NightStatus.SucceededWithProblems);
        string[] reasons =
        [
            .. report.Listings.Where(l => l.Status == ListingStatus.Failed).Select(l => l.Reason!),
            .. report.Models.Where(m => m.Status == CarModelStatus.Failed).Select(m => m.Reason!),
        ];
        reasons.ShouldBe(Enumerable.Repeat($"{orchestrator} is down", listings + models));
        report.Comparisons.Count.ShouldBe(comparisons);
    }

    /// <summary>Forty-two trainings are two chunks: the first pair is complete with the first, the second pair waits for a training of the second.</summary>
    [Fact]
    public void Run_MoreModelsThanAChunkHas_EveryPairIsRenderedOnceWithTheLaterOfItsTrainings()
    {
        var night = new FakeNight
        {
            AtOnce = 1,
            Listings = [.. Enumerable.Range(10, Chunks.Size + 2).Select(i => $"m{i}1")],
            Pairs = [new("model-m50", "model-m10", ["street"], "wide"), new("model-m10", "model-m11", ["street"], "wide"), new("model-x", "model-y", ["street"], "wide")],
        };

        var report = Report(night.RunNight());

        report.Listings.Select(l => l.ListingId).ShouldBe(night.Listings);
        report.Models.Count(m => m.Status == CarModelStatus.Trained).ShouldBe(Chunks.Size + 2);
        report.Comparisons.Select(c => (c.Left, c.Right)).ShouldBe([("model-m50", "model-m10"), ("model-m10", "model-m11"), ("model-x", "model-y")]);
        night.Inputs<TrainAndRenderInput>(nameof(TrainAndRenderOrchestrator)).Select(c => (c.Trainings.Count, c.Longest, string.Join(' ', c.Pairs.Select(p => p.Left)))).ShouldBe(
            [(Chunks.Size, TimeSpan.Zero, "model-m10 model-x"), (2, night.TrainingTook, "model-m50")]);
    }

    private static NightReport Report(OrchestratorRun run) => Input<NightReport>(run, nameof(WriteNightReport));

    private static AssembleDatasetInput Assembled(FakeNight night, string modelKey) =>
        night.Inputs<AssembleDatasetInput>(nameof(AssembleDataset)).Single(i => i.ModelKey == modelKey);

    private static T Input<T>(OrchestratorRun run, string name) =>
        run.Calls.Single(c => c.Name == name).Read<T>();
}
