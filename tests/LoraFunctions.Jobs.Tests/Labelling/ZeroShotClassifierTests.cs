using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class ZeroShotClassifierTests
{
    /// <summary>A matrix product over an array's own memory had other last bits in every second run.</summary>
    [Fact]
    public void LogitsOf_WhereverTheArrayLies_AreTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var table = folder.Write("labels.yaml", "groups:\n  view:\n    templates: [\"the {} of a car\"]\n    words: [front, side, rear, interior, roof]\n");
        using var clip = ClipModel.Load(ShowroomModels.Clip);
        using var classifier = new ZeroShotClassifier(clip, LabelTableReader.Read(table).Groups, CancellationToken.None);
        var random = new Random(1);
        float[] embedding = [.. Enumerable.Range(0, (int)clip.ProjectionDim).Select(_ => random.NextSingle() - 0.5f)];
        var first = classifier.LogitsOf(embedding).Single();

        var between = new List<byte[]>();
        for (var i = 0; i < 200; i++)
        {
            between.Add(new byte[random.Next(1, 200)]);
            classifier.LogitsOf([.. embedding]).Single().ShouldBe(first);
        }
    }
}
