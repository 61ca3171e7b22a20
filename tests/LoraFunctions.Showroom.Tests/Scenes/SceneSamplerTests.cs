using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Scenes;
using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Scenes;

public sealed class SceneSamplerTests
{
    [Fact]
    public void Sample_ThousandScenes_ShowsEveryViewPlaceBodyAndPaintAboutEquallyOften()
    {
        Scene[] scenes = [.. Enumerable.Range(0, 1000).Select(seed => SceneSampler.Sample(seed))];

        scenes.GroupBy(scene => scene.Cars[0].View).ShouldAllBe(group => group.Count() > 150);
        scenes.GroupBy(scene => scene.Place).ShouldAllBe(group => group.Count() > 150);
        scenes.GroupBy(scene => scene.Cars[0].Design.Shape.Body).ShouldAllBe(group => group.Count() > 150);
        scenes.GroupBy(scene => scene.Cars[0].Paint.Name).Count().ShouldBe(Paint.All.Count);
    }

    [Fact]
    public void Sample_TwoCars_TellsBothInEveryTemplateLeftFirst()
    {
        Scene scene = SceneSampler.Sample(11, twoCars: true);
        string[] cars = [.. scene.Cars.Select(car => $"{car.Paint.Name} {Captions.Of(car.Design.Shape.Body)}")];

        for (int template = 0; template < Captions.Templates; template++)
        {
            string caption = Captions.Of(scene, template);
            caption.IndexOf(cars[0], StringComparison.Ordinal).ShouldBeInRange(0, caption.LastIndexOf(cars[1], StringComparison.Ordinal) - 1, caption);
            caption.ShouldContain(Captions.Of(scene.Place));
        }
    }

    [Fact]
    public void Truth_EveryQuestion_AnswersWithOneOfItsWordsOrNotAtAll()
    {
        foreach (Scene scene in Enumerable.Range(0, 300).Select(seed => SceneSampler.Sample(seed, interiors: 0.2)))
        {
            foreach (LabelQuestion question in Labels.All)
            {
                (question.Truth(scene) ?? 0).ShouldBeInRange(0, question.Words.Count - 1, question.Group);
            }

            bool inside = scene.Cars[0].View == View.Interior;
            (Labels.Paint.Truth(scene) is null).ShouldBe(inside);
            Labels.View.Words[Labels.View.Truth(scene)!.Value].Word.ShouldBe(Captions.Of(scene.Cars[0].View));
        }
    }

    // A demo that trains on what the base model has seen would prove nothing.
    [Fact]
    public void Models_OfTheDemo_AreNotAmongTheTrainingsDesigns() =>
        Enumerable.Range(0, 2000).Select(seed => SceneSampler.Sample(seed).Cars[0].Design)
            .ShouldNotContain(design => CarModel.All.Any(model => model.Design == design));
}
