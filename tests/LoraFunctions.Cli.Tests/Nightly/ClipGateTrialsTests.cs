using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

public sealed class ClipGateTrialsTests
{
    /// <summary>The demo's CLIP knows hardly any of the questions' words, the benchmark "gate" says: no table that comes along may act on its answers.</summary>
    [Theory]
    [InlineData("labels.yaml", 5)]
    [InlineData("demo/labels.yaml", 0)]
    [InlineData("photos/labels.yaml", 0)]
    public void Gate_AsItComesAlong_ScoresEveryGoodDemoPhotoAndRejectsNone(string table, int questions)
    {
        LabelGate gate = LabelTableReader.Read(Path.Combine(AppContext.BaseDirectory, "config", table)).Gate;

        IReadOnlyList<ClipGateTrial> photos = ClipGateTrials.OfDemo(ShowroomModels.Clip, gate, photosPerModel: 4);

        gate.Questions.Count.ShouldBe(questions);
        photos.ShouldAllBe(photo => photo.Scores.Count == questions);
        ClipGateTrials.Rejected(ShowroomModels.Clip, gate, photos).ShouldBeEmpty();
    }
}
