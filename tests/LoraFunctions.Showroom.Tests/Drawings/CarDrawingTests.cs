using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Drawings;
using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Drawings;

public sealed class CarDrawingTests
{
    public static TheoryData<BodyStyle, CarView, Background, Lighting> Shots()
    {
        var data = new TheoryData<BodyStyle, CarView, Background, Lighting>();
        foreach (var body in Enum.GetValues<BodyStyle>())
        {
            foreach (var view in Enum.GetValues<CarView>())
            {
                data.Add(body, view, Background.Street, Lighting.Day);
                data.Add(body, view, Background.Plain, Lighting.Night);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shots))]
    public void Draw_SameShot_IsTheSamePictureAndAnotherSeedIsNot(BodyStyle body, CarView view, Background background, Lighting lighting)
    {
        var shot = new CarShot(Design(body), view, Paint.Red, background, lighting, 11);

        var picture = CarDrawing.Draw(shot, 320, 256);

        (picture.Width, picture.Height).ShouldBe((320, 256));
        CarDrawing.Draw(shot, 320, 256).Pixels.ShouldBe(picture.Pixels);
        CarDrawing.Draw(shot with { Seed = 13 }, 320, 256).Pixels.ShouldNotBe(picture.Pixels);
    }

    // The gate's limit lies between every sharp drawing and its blurred copy, with room on both sides.
    [Theory]
    [MemberData(nameof(Shots))]
    public void Draw_SharpAndBlurred_LieOnBothSidesOfTheGatesLimit(BodyStyle body, CarView view, Background background, Lighting lighting)
    {
        var picture = CarDrawing.Draw(new CarShot(Design(body), view, Paint.Silver, background, lighting, 5), 640, 512);

        BlurMeasure.Estimate(picture).ShouldBeLessThan(0.75 * GateOptions.DefaultMaxBlur);
        BlurMeasure.Estimate(GaussianBlur.Apply(picture, 3, 3)).ShouldBeGreaterThan(1.3 * GateOptions.DefaultMaxBlur);
    }

    [Theory]
    [InlineData(CarView.Front)]
    [InlineData(CarView.Side)]
    [InlineData(CarView.Rear)]
    [InlineData(CarView.Interior)]
    public void Draw_TheTwoModels_DifferClearly(CarView view)
    {
        var shot = new CarShot(CarModelDesign.AuroraSedan, view, Paint.Blue, Background.Plain, Lighting.Day, 2);

        var sedan = CarDrawing.Draw(shot, 320, 256);
        var wagon = CarDrawing.Draw(shot with { Design = CarModelDesign.BorealisWagon }, 320, 256);

        var different = Enumerable.Range(0, 320 * 256).Count(i => Math.Abs(sedan.Pixels[i * 3] - wagon.Pixels[i * 3]) > 24);
        (different / (320.0 * 256)).ShouldBeGreaterThan(0.04);
    }

    [Fact]
    public void Draw_Paint_IsTheColourOfTheBody()
    {
        foreach (var paint in Paint.All)
        {
            var picture = CarDrawing.Draw(new CarShot(CarModelDesign.BorealisWagon, CarView.Side, paint, Background.Plain, Lighting.Day, 4), 320, 256);

            var near = Enumerable.Range(0, 320 * 256).Count(i =>
                Math.Abs(picture.Pixels[i * 3] - paint.Colour.R) < 30
                && Math.Abs(picture.Pixels[(i * 3) + 1] - paint.Colour.G) < 30
                && Math.Abs(picture.Pixels[(i * 3) + 2] - paint.Colour.B) < 30);
            near.ShouldBeGreaterThan(2000, paint.Name);
        }
    }

    [Fact]
    public void Draw_Night_IsDarkerAndItsLampsShine()
    {
        var day = new CarShot(CarModelDesign.AuroraSedan, CarView.Rear, Paint.White, Background.Street, Lighting.Day, 6);

        var atDay = CarDrawing.Draw(day, 320, 256);
        var atNight = CarDrawing.Draw(day with { Lighting = Lighting.Night }, 320, 256);

        Mean(atNight).ShouldBeLessThan(0.6 * Mean(atDay));
        Enumerable.Range(0, 320 * 256).Count(i => atNight.Pixels[i * 3] > 200 && atNight.Pixels[(i * 3) + 1] < 90).ShouldBeGreaterThan(100, "the tail lamp is lit");
    }

    private static CarModelDesign Design(BodyStyle body) => CarModelDesign.All.Single(design => design.Body == body);

    private static double Mean(RgbImage image) => image.Pixels.Average(value => (double)value);
}
