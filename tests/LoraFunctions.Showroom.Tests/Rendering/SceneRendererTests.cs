using LoraFunctions.Imaging.Gate;
using LoraFunctions.Imaging.Pixels;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Listings;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using Shouldly;
using Xunit;

namespace LoraFunctions.Showroom.Tests.Rendering;

public sealed class SceneRendererTests
{
    private const int Width = 192;
    private const int Height = 144;

    private readonly SceneRenderer renderer = new();

    public static TheoryData<View, Place> ViewsAndPlaces()
    {
        var data = new TheoryData<View, Place>();
        foreach (View view in Enum.GetValues<View>())
        {
            foreach (Place place in Enum.GetValues<Place>())
            {
                data.Add(view, place);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(ViewsAndPlaces))]
    public void Draw_SameScene_IsTheSamePictureAndTheBoxHoldsTheMask(View view, Place place)
    {
        Scene scene = One(CarModel.All[0].Design, Paint.Red, view, place);

        DrawnPicture picture = renderer.Draw(scene, Width, Height);

        DrawnPicture again = new SceneRenderer().Draw(scene, Width, Height);
        again.Image.Pixels.ShouldBe(picture.Image.Pixels);
        again.Mask.ShouldBe(picture.Mask);
        PixelBox box = picture.Boxes.ShouldHaveSingleItem();
        int inside = 0;
        for (int y = box.Top; y < box.Bottom; y++)
        {
            inside += picture.Mask.AsSpan((y * Width) + box.Left, box.Width).Count((byte)1);
        }

        picture.Mask.Count(value => value == 1).ShouldBe(inside);
        ((double)inside / (Width * Height)).ShouldBeInRange(0.12, 1);
        (box.Width * 1.0 / Width).ShouldBeInRange(0.4, 1);
    }

    [Fact]
    public void Draw_AfterOtherScenes_IsWhatAFreshRendererDraws()
    {
        Scene scene = SceneSampler.Sample(3);
        renderer.Draw(SceneSampler.Sample(4, twoCars: true), 96, 36);
        renderer.Draw(SceneSampler.Sample(5) with { Place = Place.Rain }, Width, Height);

        renderer.Draw(scene, Width, Height).Image.Pixels.ShouldBe(new SceneRenderer().Draw(scene, Width, Height).Image.Pixels);
    }

    [Fact]
    public void Draw_EveryPaint_IsTheColourOfTheBody()
    {
        foreach (Paint paint in Paint.All)
        {
            DrawnPicture picture = renderer.Draw(One(new CarDesign(BodyShape.Of(Body.Wagon)), paint, View.Side, Place.Studio), Width, Height);

            (double r, double g, double b) = Median(picture, 1);
            (double bright, double saturation) = (Math.Max(r, Math.Max(g, b)), Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)));
            string seen = $"{paint.Name}: {r} {g} {b}";
            bool right = paint.Name switch
            {
                "red" => r > g + 60 && r > b + 60,
                "blue" => b > r + 40,
                "green" => g > r + 25 && g > b + 10,
                "yellow" => r > 140 && g > 110 && b < g - 50,
                "orange" => r > g + 40 && g > b + 15,
                "white" => bright > 170 && saturation < 25,
                "silver" => bright is > 90 and < 200 && saturation < 25,
                _ => bright < 80,
            };
            right.ShouldBeTrue(seen);
        }
    }

    [Fact]
    public void Draw_FacingRight_ShowsTheTailLampOnTheOtherSide()
    {
        CarDesign design = CarModel.All[1].Design;
        foreach (Facing facing in Enum.GetValues<Facing>())
        {
            var shot = new CarShot(design, Paint.White, View.Side, facing);
            DrawnPicture picture = renderer.Draw(new Scene(Place.Studio, [shot], 1), Width, Height);

            double middle = (picture.Boxes[0].Left + picture.Boxes[0].Right) / 2.0;
            double lamp = Enumerable.Range(0, Width * Height)
                .Where(i => picture.Image.Pixels[i * 3] > 150 && picture.Image.Pixels[(i * 3) + 1] < 90)
                .Select(i => (double)(i % Width))
                .DefaultIfEmpty(middle)
                .Average();
            (lamp > middle).ShouldBe(facing == Facing.Left);
        }
    }

    [Fact]
    public void Draw_TwoCars_EachHasItsHalfItsPaintAndItsBox()
    {
        var left = new CarShot(CarModel.All[0].Design, Paint.Red, View.FrontThreeQuarter, Facing.Right);
        var right = new CarShot(CarModel.All[3].Design, Paint.Blue, View.FrontThreeQuarter, Facing.Right);

        DrawnPicture picture = renderer.Draw(new Scene(Place.CityStreet, [left, right], 2), Width * 2, Height);

        picture.Boxes[0].Right.ShouldBeLessThanOrEqualTo(Width);
        picture.Boxes[1].Left.ShouldBeGreaterThanOrEqualTo(Width);
        Median(picture, 1).R.ShouldBeGreaterThan(Median(picture, 1).B);
        Median(picture, 2).B.ShouldBeGreaterThan(Median(picture, 2).R);
    }

    [Fact]
    public void Draw_Night_IsDarkerThanTheStreetByDay()
    {
        double Mean(Place place) => renderer.Draw(One(CarModel.All[1].Design, Paint.Silver, View.Front, place), Width, Height).Image.Pixels.Average(value => value);

        Mean(Place.Night).ShouldBeLessThan(0.6 * Mean(Place.CityStreet));
    }

    // The gate's limit lies between every sharp photo and its blurred copy, with room on both sides.
    [Theory]
    [MemberData(nameof(ViewsAndPlaces))]
    public void Draw_ListingPhoto_IsSharpForTheGateAndItsBlurredCopyIsNot(View view, Place place)
    {
        DrawnPicture picture = renderer.Draw(One(CarModel.All[1].Design, Paint.Silver, view, place), 768, 576);

        BlurMeasure.Estimate(picture.Image).ShouldBeLessThan(0.75 * GateOptions.DefaultMaxBlur);
        BlurMeasure.Estimate(Defects.Spoil(picture, DemoDefect.Blurred, 1)).ShouldBeGreaterThan(1.3 * GateOptions.DefaultMaxBlur);
    }

    [Fact]
    public void Draw_TheDemosModels_DifferInSilhouetteOneFromAnother()
    {
        byte[][] masks = [.. CarModel.All.Select(model => renderer.Draw(One(model.Design, Paint.Silver, View.Side, Place.Studio), Width, Height).Mask)];
        for (int a = 0; a < masks.Length; a++)
        {
            for (int b = a + 1; b < masks.Length; b++)
            {
                int different = masks[a].Zip(masks[b]).Count(pair => pair.First != pair.Second);
                ((double)different / masks[a].Sum(value => value)).ShouldBeGreaterThan(0.05, $"{CarModel.All[a].DisplayName}, {CarModel.All[b].DisplayName}");
            }
        }
    }

    [Fact]
    public void Spoil_PixelDefects_ChangeThePictureWhereTheyShould()
    {
        Scene scene = One(CarModel.All[2].Design, Paint.Green, View.FrontThreeQuarter, Place.Highway);
        foreach (DemoDefect defect in (DemoDefect[])[DemoDefect.Occluded, DemoDefect.Busy, DemoDefect.Badge, DemoDefect.NearDuplicate])
        {
            DrawnPicture whole = renderer.Draw(scene, 384, 288);
            byte[] before = [.. whole.Image.Pixels];

            byte[] after = Defects.Spoil(whole, defect, 3).Pixels;

            int[] changed = [.. Enumerable.Range(0, 384 * 288).Where(i => !before.AsSpan(i * 3, 3).SequenceEqual(after.AsSpan(i * 3, 3)))];
            changed.Length.ShouldBeGreaterThan(300, defect.ToString());
            int onCar = changed.Count(i => whole.Mask[i] == 1);
            switch (defect)
            {
                case DemoDefect.Busy:
                    onCar.ShouldBe(0);
                    break;
                case DemoDefect.Badge:
                    onCar.ShouldBeGreaterThan(changed.Length * 9 / 10);
                    break;
                case DemoDefect.Occluded:
                    onCar.ShouldBeGreaterThan(whole.Mask.Count(value => value == 1) / 10);
                    break;
            }
        }
    }

    [Fact]
    public void Draw_ThreeCars_IsRefused()
    {
        var shot = new CarShot(CarModel.All[0].Design, Paint.Red, View.Side, Facing.Left);
        Should.Throw<ArgumentException>(() => renderer.Draw(new Scene(Place.Studio, [shot, shot, shot], 1), 64, 48)).Message.ShouldContain("3 cars");
    }

    private static Scene One(CarDesign design, Paint paint, View view, Place place) => new(place, [new CarShot(design, paint, view, Facing.Left)], 2);

    private static (double R, double G, double B) Median(DrawnPicture picture, byte car)
    {
        int[] at = [.. Enumerable.Range(0, picture.Mask.Length).Where(i => picture.Mask[i] == car)];
        double Channel(int channel) => at.Select(i => picture.Image.Pixels[(i * 3) + channel]).Order().ElementAt(at.Length / 2);
        return (Channel(0), Channel(1), Channel(2));
    }
}
