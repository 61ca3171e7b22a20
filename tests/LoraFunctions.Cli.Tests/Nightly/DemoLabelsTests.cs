using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom.Scenes;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>The demo asks its CLIP the sentences that CLIP was trained on.</summary>
public sealed class DemoLabelsTests
{
    [Fact]
    public void Labels_OfTheDemo_AreThoseOfTheShowroom()
    {
        LabelTable table = LabelTableReader.Read(Path.Combine(AppContext.BaseDirectory, "config", "demo", "labels.yaml"));

        foreach (LabelGroup group in table.Groups)
        {
            LabelQuestion question = Labels.All.Single(item => item.Group == group.Name);
            group.Candidates.Select(candidate => candidate.Word).ShouldBe(question.Words.Select(word => word.Word), group.Name);
            group.Candidates.SelectMany(candidate => candidate.Prompts).ShouldBe(question.Words.SelectMany(word => word.Sentences), group.Name);
        }
    }
}
