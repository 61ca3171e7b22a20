using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Showroom;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Nightly;

/// <summary>A part of what the benchmark asks of the demo's models; few pictures, so that a little more is let pass.</summary>
public sealed class ModelTrialsTests(ITestOutputHelper output)
{
    private const int Steps = 12;

    [Fact]
    public void Labels_OfUnseenPhotos_AreRightAndSeldomMissing()
    {
        using ClipModel clip = ClipModel.Load(ShowroomModels.Clip);
        ModelTrials.Tally tally = ModelTrials.Label(60, clip, LabelTableReader.Read(Path.Combine(AppContext.BaseDirectory, "config", "demo", "labels.yaml")));
        output.WriteLine(tally.ToString());

        foreach (string group in tally.Asked)
        {
            tally.Right(group).ShouldBeGreaterThanOrEqualTo(0.9, group);
            tally.Abstained(group).ShouldBeLessThanOrEqualTo(0.15, group);
        }
    }

    [Fact]
    public void BaseModel_Prompts_AreFollowed()
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(ShowroomModels.BaseModel);
        using ClipModel clip = ClipModel.Load(ShowroomModels.Clip);
        (ModelTrials.Tally judges, ModelTrials.Tally one, ModelTrials.Tally two) = ModelTrials.Draw(12, model, clip, Steps);
        output.WriteLine($"{judges}\n{one}\n{two}");

        foreach (string what in new[] { "view", "place", "paint" })
        {
            judges.Right(what).ShouldBeGreaterThanOrEqualTo(0.9, what);
            one.Right(what).ShouldBeGreaterThanOrEqualTo(0.65, what);
        }

        one.Right("paint, measured").ShouldBeGreaterThanOrEqualTo(0.65);
        two.Right("both").ShouldBeGreaterThanOrEqualTo(0.5);
    }

    /// <summary>The default composition: what is asked for on the left stands on the left, and changes its side with it.</summary>
    [Fact]
    public void Composition_SidesAreSwapped_TheCarsChangeTheirSides()
    {
        using StableDiffusionModel model = StableDiffusionModel.Load(ShowroomModels.BaseModel);
        var painter = new TextToImage(model);
        string[] cars = ["photo of a red sedan, side view facing right, city street", "photo of a yellow wagon, side view facing right, city street"];

        Paints(cars[0], cars[1]).ShouldBe(["red", "yellow"]);
        Paints(cars[1], cars[0]).ShouldBe(["yellow", "red"]);

        string[] Paints(string left, string right)
        {
            RgbImage wide = ModelTrials.Picture(painter, "two cars, city street", 2 * ModelTrials.Width, seed: 1, Steps, new Composition([left, right]));
            return [MeasuredPaint.Of(ModelPictures.Half(wide, 0)), MeasuredPaint.Of(ModelPictures.Half(wide, 1))];
        }
    }
}
