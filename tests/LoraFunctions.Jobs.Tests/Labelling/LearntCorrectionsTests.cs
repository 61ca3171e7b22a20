using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class LearntCorrectionsTests
{
    private static readonly LabelTable Table = new([], [
        new LabelGroup("paint", [new("red paint", ["a"]), new("blue paint", ["b"])], Threshold: null),
        new LabelGroup("roof", [new("", ["c"]), new("black roof", ["d"])], Threshold: null)]);

    // CLIP calls every picture red and without a roof of its own; the first axis tells the paint, the roofs are as it says.
    private static IReadOnlyList<float[]> Logits(float[] embedding) => [[2, 1], [2, 1]];

    [Fact]
    public void Of_SystematicErrors_AreLearntWhereItHelpsAndOnlyThere()
    {
        var learnt = LearntCorrections.Of(Table, [.. Enumerable.Range(0, 20).Select(i => new CorrectedPhoto(At(i % 2 == 0 ? 0.2 : 1.2, i), [i % 2, 0]))], Logits);

        learnt.Groups.Select(group => (group.Group, group.Corrections, group.ErrorsBefore, group.ErrorsAfter)).ShouldBe([("paint", 20, 10, 0), ("roof", 20, 0, 0)]);
        var blue = At(1.25, 3);
        Answer(0, blue).ShouldBe("blue paint");
        Answer(0, At(0.1, 4)).ShouldBe("red paint");
        learnt.Corrected(1, blue, [2, 1]).ShouldBe([2f, 1f], "nothing to learn there");

        string? Answer(int group, float[] embedding) => AssignedLabel.From(Table.Groups[group], learnt.Corrected(group, embedding, Logits(embedding)[group])).Word;
    }

    [Fact]
    public void Of_FewCorrections_ChangeNothingYet()
    {
        var learnt = LearntCorrections.Of(Table, [.. Enumerable.Range(0, 7).Select(i => new CorrectedPhoto(At(1.2, i), [1, null]))], Logits);

        learnt.Groups.Select(group => (group.Corrections, group.ErrorsBefore, group.ErrorsAfter)).ShouldBe([(7, 7, 7), (0, 0, 0)]);
        learnt.Corrected(0, At(1.2, 0), [2, 1]).ShouldBe([2f, 1f]);
    }

    /// <summary>Somebody corrected nothing but side views: that says nothing of the others.</summary>
    [Fact]
    public void Of_OneAnswerOnly_ChangesNothing()
    {
        var learnt = LearntCorrections.Of(Table, [.. Enumerable.Range(0, 20).Select(i => new CorrectedPhoto(At(1.2, i), [1, null]))], Logits);

        learnt.Groups[0].ShouldSatisfyAllConditions(group => group.ErrorsBefore.ShouldBe(20), group => group.ErrorsAfter.ShouldBe(20));
        learnt.Corrected(0, At(0.1, 0), [2, 1]).ShouldBe([2f, 1f]);
    }

    /// <summary>What is left out by its leverage is what a fit without it gives.</summary>
    [Fact]
    public void Probe_LeftOut_IsTheFitWithoutIt()
    {
        var random = new Random(3);
        float[][] rows = [.. Enumerable.Range(0, 12).Select(_ => (float[])[.. Enumerable.Range(0, 5).Select(_ => (float)random.NextDouble())])];
        int[] answers = [.. rows.Select(row => row[0] > 0.6 ? 2 : row[1] > 0.5 ? 1 : 0)];
        var all = RidgeProbe.Of(rows, answers, 3, ridge: 0.1);

        // The ridge is a part of the rows' own scatter: that of the others is given so that it comes to the same.
        double Scatter(float[][] of) => Enumerable.Range(0, 5).Sum(column => of.Sum(row => Math.Pow(row[column] - of.Average(r => (double)r[column]), 2)));
        for (var i = 0; i < rows.Length; i++)
        {
            float[][] others = [.. rows.Where((_, j) => j != i)];
            var without = RidgeProbe.Of(others, [.. answers.Where((_, j) => j != i)], 3, 0.1 * Scatter(rows) / Scatter(others));
            var scores = without.ScoresOf(rows[i]);
            for (var answer = 0; answer < 3; answer++)
            {
                all.LeftOut[i][answer].ShouldBe(scores[answer], 1e-9);
            }
        }
    }

    [Theory]
    [InlineData("Tesla Model Y, Blue Paint, black roof", 1, 1)]
    [InlineData("Tesla Model Y, red paint", 0, 0)]
    [InlineData("Tesla Model Y, red paint, blue paint", null, 0)]
    public void AnswersOf_Caption_AreThoseOfItsWords(string caption, int? paint, int? roof) => Table.AnswersOf(caption).ShouldBe([paint, roof]);

    // On a circle, a little off it.
    private static float[] At(double angle, int seed)
    {
        var off = 0.05 * new Random(seed).NextDouble();
        return [(float)Math.Cos(angle + off), (float)Math.Sin(angle + off)];
    }
}
