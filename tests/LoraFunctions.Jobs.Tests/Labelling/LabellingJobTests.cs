using System.Text.Json.Nodes;
using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class LabellingJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_Photos_WritesTheDocumentsRowsAndScores()
    {
        Photo("b.png", 1);
        Photo("a.png", 2);
        Photo("more/c.png", 3);
        var reports = new List<JobProgress>();

        var result = new LabellingJob().Run(Request(), new Collect(reports));

        var rows = CaptionFile.Read(result.MetadataPath);
        rows.Select(r => r.FileName).ShouldBe(["a.png", "b.png", "more/c.png"]);
        rows.ShouldAllBe(r => r.Caption.StartsWith("Tesla Model Y, hidden door handles, ", StringComparison.Ordinal));
        rows.ShouldAllBe(r => r.Caption.Contains(" view") || r.Caption.Contains("interior"));
        File.ReadLines(result.MetadataPath).First().ShouldStartWith("a.png,\"Tesla Model Y");
        reports[^1].ShouldBe(new JobProgress("labelling", 3, 3));

        var photo = JsonNode.Parse(File.ReadAllText(result.LabelsPath))!["photos"]![0]!;
        photo["file"]!.GetValue<string>().ShouldBe("a.png");
        photo["labels"]!["view"]!["scores"]!.AsObject().Sum(s => s.Value!.GetValue<double>()).ShouldBe(1, 1e-4);
    }

    [Fact]
    public void Run_Twice_GivesTheSameBytes()
    {
        Photo("a.png", 1);
        var first = File.ReadAllBytes(new LabellingJob().Run(Request()).LabelsPath);

        var second = File.ReadAllBytes(new LabellingJob().Run(Request()).LabelsPath);

        second.ShouldBe(first);
    }

    [Fact]
    public void Run_CorrectedByHand_IsKeptHoweverOften()
    {
        Photo("a.png", 1);
        Photo("b.png", 2);
        _folder.Write("photos/metadata.overrides.csv", "b.png,\"Tesla Model Y, through-type tail lamp, rear view\"\n");

        for (var i = 0; i < 2; i++)
        {
            var photos = new LabellingJob().Run(Request()).Photos;
            photos.Select(p => p.Corrected).ShouldBe([false, true]);
            photos[1].Caption.ShouldBe("Tesla Model Y, through-type tail lamp, rear view");
        }
    }

    [Fact]
    public void Run_Corrections_AreListedAndKeptForOtherFolders()
    {
        Photo("a.png", 1);
        Photo("b.png", 2);
        var alone = new LabellingJob().Run(Request()).Photos[1].Labels.Single(label => label.Group == "view");
        var other = alone.Scores.First(score => score.Word != alone.Word).Word;
        _folder.Write("photos/metadata.overrides.csv", $"b.png,\"Tesla Model Y, {other}\"\n");
        var request = Request() with { CacheFile = _folder.Below("learnt.json"), Review = true };

        var result = new LabellingJob().Run(request);

        result.Differences.ShouldContain($"b.png: view: '{alone.Word}' was corrected to '{other}'");
        result.Learnt.Single(group => group.Group == "view").Corrections.ShouldBe(1);
        var page = File.ReadAllText(_folder.Below("out", LabelFiles.Review));
        page.ShouldContain($"<textarea spellcheck=\"false\">Tesla Model Y, {other}</textarea>");
        page.ShouldContain("metadata.overrides.csv");

        File.Delete(_folder.Below("photos", "metadata.overrides.csv"));
        new LabellingJob().Run(request).Learnt.Single(group => group.Group == "view").Corrections.ShouldBe(1);
    }

    [Fact]
    public void Run_Truth_SaysHowRightTheLabelsAre()
    {
        Photo("a.png", 1);
        Photo("b.png", 2);
        var photos = new LabellingJob().Run(Request()).Photos;
        var views = photos.Select(photo => photo.Labels.Single(label => label.Group == "view")).ToArray();
        var wrong = views[1].Scores.First(score => score.Word != views[1].Word).Word;
        var truth = _folder.Write("truth.csv", $"a.png,\"{views[0].Word}\"\nb.png,\"{wrong}\"\n");

        var accuracy = new LabellingJob().Run(Request() with { TruthFile = truth }).Accuracy.Single(group => group.Group == "view");

        (accuracy.Right, accuracy.Wrong, accuracy.Silent, accuracy.Temperature).ShouldBe((1, 1, 0, null));
        accuracy.CalibrationError.ShouldBeInRange(0, 1);
    }

    [Fact]
    public void Run_NamesWithBlanksAtEitherEnd_AreThoseTrainingReads()
    {
        string[] names = [" a.png", "b .png", "sub /c.png"];
        foreach (var name in names)
        {
            Photo(name, 1);
        }

        CaptionFile.Read(new LabellingJob().Run(Request()).MetadataPath).Select(r => r.FileName).ShouldBe(names);
    }

    [Theory]
    [InlineData("Tesla\nModel Y", "'Tesla\\nModel Y' stands in every caption")]
    [InlineData("Tesla <lora:byd:1>", "'Tesla <lora:byd:1>' stands in every caption")]
    public void Run_NameThatIsNoWords_IsRefused(string name, string problem)
    {
        Photo("a.png", 1);

        Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(Request() with { DisplayName = name }))
            .Problems.ShouldHaveSingleItem().ShouldStartWith(problem);
        Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(Request() with { Features = [name] }))
            .Problems.ShouldHaveSingleItem().ShouldStartWith(problem);
    }

    [Fact]
    public void Run_OutputThatCannotBeWritten_IsSaidBeforeAnythingIsLookedAt()
    {
        Photo("a.png", 1);
        _folder.Write("file", "");
        var reports = new List<JobProgress>();

        var problems = Should.Throw<InvalidJobInputException>(
            () => new LabellingJob().Run(Request() with { OutputFolder = _folder.Below("file", "out") }, new Collect(reports))).Problems;

        problems.Count.ShouldBe(2);
        problems[0].ShouldStartWith($"{_folder.Below("file", "out", "metadata.csv")} cannot be written (");
        reports.ShouldBeEmpty();
    }

    [Fact]
    public void Run_EverythingWrong_NamesAllAndWritesNothing()
    {
        _folder.Write("photos/metadata.overrides.csv", "gone.png,\"x\"\n");
        var request = Request() with { DisplayName = " ", LabelTable = _folder.Below("none.yaml") };

        var problems = Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(request)).Problems;

        problems.Count.ShouldBe(4);
        problems.ShouldContain(p => p.Contains("none.yaml"));
        problems.ShouldContain(p => p.Contains("holds no photo"));
        problems.ShouldContain(p => p.Contains("gone.png: there is no such photo"));
        problems.ShouldContain(p => p.Contains("name is empty"));
        Directory.Exists(_folder.Below("out")).ShouldBeFalse();
    }

    [Fact]
    public void Run_BrokenPhotos_NamesThemAll()
    {
        Photo("a.png", 1);
        _folder.Write("photos/b.jpg", "no picture");
        _folder.Write("photos/c.jpg", "");

        var problems = Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(Request())).Problems;

        problems.Count.ShouldBe(2);
        problems[0].ShouldContain("b.jpg cannot be read: ");
        problems[1].ShouldContain("c.jpg cannot be read: the file is empty.");
    }

    [Fact]
    public void Run_OtherFilesAmongThePhotos_AreNamedWithTheReason()
    {
        Photo("a.png", 1);
        _folder.Write("photos/b.heic", "x");
        _folder.Write("photos/.DS_Store", "x");
        _folder.Write("photos/@eaDir/a.png/thumb.jpg", "x");

        var result = new LabellingJob().Run(Request());

        result.Photos.Select(p => p.FileName).ShouldBe(["a.png"]);
        result.PassedOver.Select(f => f.Name).ShouldBe([".DS_Store", "@eaDir/", "b.heic"]);
        result.PassedOver[2].Reason.ShouldBe("a HEIC file cannot be read; convert it to JPEG");
    }

    [Fact]
    public void Run_NothingButPicturesOfOtherKinds_NamesThem()
    {
        _folder.Write("photos/b.heic", "x");

        Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(Request())).Message.ShouldContain("b.heic: a HEIC file cannot be read");
    }

    [Fact]
    public void Run_NoClip_SaysWhereItLooked()
    {
        Photo("a.png", 1);
        var request = Request() with { ClipFolder = _folder.Below("nowhere") };

        Should.Throw<InvalidJobInputException>(() => new LabellingJob().Run(request)).Message.ShouldContain(_folder.Below("nowhere"));
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        Photo("a.png", 1);

        Should.Throw<OperationCanceledException>(() =>
            new LabellingJob().Run(Request(), progress: null, new CancellationToken(canceled: true)));
    }

    private void Photo(string name, int seed) => TestPictures.WritePng(_folder.Below("photos", name), 120, 90, seed);

    private LabellingRequest Request() =>
        new()
        {
            PhotosFolder = Directory.CreateDirectory(_folder.Below("photos")).FullName,
            LabelTable = RepositoryFiles.Of("infra", "config", "labels.yaml"),
            ClipFolder = Directory.Exists(_folder.Below("clip")) ? _folder.Below("clip") : TinyModels.Clip(_folder.Below("clip")),
            DisplayName = "Tesla Model Y",
            Features = ["hidden door handles"],
            OutputFolder = _folder.Below("out"),
        };
}
