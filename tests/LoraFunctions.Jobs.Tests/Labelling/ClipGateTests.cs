using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Preparation;
using LoraFunctions.Jobs.Tests.Preparation;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

/// <summary>What only CLIP can say against a photo; its own is a small one with random weights here, so thresholds are set to what it says.</summary>
public sealed class ClipGateTests : IDisposable
{
    private const string Questions = "occluded: {against: [a tree before a car], for: [a car]";

    private readonly TemporaryFolder _folder = new();

    public ClipGateTests() => _folder.Write("vehicle.json", "{}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_QuestionWithoutThreshold_OnlyScores()
    {
        Prepare();

        var result = Label($"{Questions}}}");

        result.Rejected.ShouldBeEmpty();
        result.Photos.ShouldAllBe(photo => photo.Gate.Single().Question == "occluded" && photo.Gate.Single().Probability > 0 && photo.Gate.Single().Probability < 1);
        File.ReadAllText(result.LabelsPath).ShouldContain("\"occluded\": ");
    }

    [Fact]
    public void Run_PhotosAboveTheThreshold_AreNamedEverywhereAndComeBackWithIt()
    {
        Prepare();
        var scores = Label($"{Questions}}}").Photos.ToDictionary(photo => photo.FileName, photo => photo.Gate.Single().Probability);
        var worst = scores.MaxBy(score => score.Value).Key;
        var below = scores.Values.Order().ElementAt(1);
        var threshold = FormattableString.Invariant($"{Questions}, from: {(below + scores[worst]) / 2:f6}}}");

        var result = Label(threshold);

        var rejected = result.Rejected.ShouldHaveSingleItem();
        (rejected.File, rejected.Reason).ShouldBe((worst, GateReason.Occluded));
        CaptionFile.Read(result.MetadataPath).Select(row => row.FileName).ShouldBe(scores.Keys.Where(name => name != worst), ignoreOrder: true);
        ClipVerdicts.Parse(File.ReadAllBytes(result.LabelsPath)).Keys.ShouldBe([worst]);
        var source = $"sub/{worst["sub-".Length..]}";
        Report().Rejected.ShouldHaveSingleItem().Sentence.ShouldStartWith($"{source} is not used, occluded: CLIP says so with a probability of ");
        var page = File.ReadAllText(_folder.Below("set", PreparationFiles.Page));
        page.ShouldContain("something before the car (1)");
        page.ShouldNotContain("no picture");

        // A person insists.
        _folder.Write("set/metadata.overrides.csv", $"{worst},\"Tesla Model Y, side view\"\n");
        Label(threshold).Rejected.ShouldBeEmpty();
        Report().Accepted.Count().ShouldBe(3);
    }

    [Fact]
    public void Run_TheSameScene_IsTakenOnceAndTheFirstStays()
    {
        Prepare();

        var result = Label("same scene: 0.0001");

        result.Photos.Select(photo => photo.FileName).ShouldBe(["sub-0.png"]);
        result.Rejected.Select(photo => (photo.File, photo.Reason, photo.DuplicateOf)).ShouldBe([("sub-1.png", GateReason.SameScene, "sub-0.png"), ("sub-2.png", GateReason.SameScene, "sub-0.png")]);
        Report().Rejected.Select(photo => photo.DuplicateOf).ShouldBe(["sub/0.png", "sub/0.png"]);
    }

    private GateReport Report() => GateReport.FromJson(File.ReadAllText(_folder.Below("set", PreparationFiles.Report)));

    private void Prepare()
    {
        for (var i = 0; i < 3; i++)
        {
            Directory.CreateDirectory(_folder.Below("photos", "sub"));
            File.WriteAllBytes(_folder.Below("photos", "sub", $"{i}.png"), ImageCodec.EncodePng(PreparationJobTests.Blocks(i)));
        }

        new PreparationJob().Run(new PreparationRequest
        {
            PhotosFolder = _folder.Below("photos"),
            VehicleFile = _folder.Below("vehicle.json"),
            Vehicle = new Vehicle(1, "Tesla", "Model Y", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch),
            OutputFolder = _folder.Below("set"),
        }).Accepted.Count().ShouldBe(3);
    }

    private LabellingResult Label(string gate) => new LabellingJob().Run(new LabellingRequest
    {
        PhotosFolder = _folder.Below("set"),
        LabelTable = _folder.Write("labels.yaml", $"groups:\n  view: {{words: [side view, interior]}}\ngate:\n  {gate}\n"),
        ClipFolder = Directory.Exists(_folder.Below("clip")) ? _folder.Below("clip") : TinyModels.Clip(_folder.Below("clip")),
        DisplayName = "Tesla Model Y",
        OutputFolder = _folder.Below("set"),
    });
}
