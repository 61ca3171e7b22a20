using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Showroom;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Rendering;

public sealed class JudgingTests : IDisposable
{
    private static readonly CarModel Hatchback = CarModel.All[4];
    private static readonly CarModel Wagon = CarModel.All[1];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Score_DrawnCars_KnowsWhichStandsWhere()
    {
        using var judge = new PictureJudge(Judging());
        var picture = Pair(Hatchback, Wagon);

        var (halves, defect) = judge.Score(picture, CompositionLayout.SideBySide);
        defect.ShouldBeNull();
        halves.Select(h => (h.Side, h.Judge)).ShouldBe([("left", "clip"), ("right", "clip")]);
        halves.ShouldAllBe(h => h.Margin > 0);

        judge.Score(Pair(Wagon, Hatchback), CompositionLayout.SideBySide).Halves.ShouldAllBe(h => h.Margin < 0, "exchanged");
        judge.Score(Pair(Wagon, Wagon), CompositionLayout.SideBySide).Halves.Select(h => h.Margin > 0).ShouldBe([false, true], "both sides one model");
    }

    [Fact]
    public void Score_BlackAndPlainHalves_AreDefects()
    {
        using var judge = new PictureJudge(Judging());
        var picture = Pair(Hatchback, Wagon);
        for (var y = 0; y < picture.Height; y++)
        {
            picture.Pixels.AsSpan(3 * ((y * picture.Width) + (picture.Width / 2)), 3 * picture.Width / 2).Clear();
        }

        judge.Score(picture, CompositionLayout.SideBySide).Defect.ShouldBe("the right half is black");
        Array.Fill(picture.Pixels, (byte)99);
        judge.Score(picture, CompositionLayout.Stacked).Defect.ShouldBe("the left half is one colour");
    }

    [Fact]
    public void Run_BestOf_KeepsTheBestOfWhatItTried_AndItsTextGivesItAgain()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        TinyModels.Unpack("e_lora.kohya.f16", _folder.Below("left.safetensors"));
        TinyModels.Unpack("e_lora.kohya.f16", _folder.Below("right.safetensors"));

        // A model of random weights draws neither car, so that no rendering is good but by chance; of many seeds one is chosen that was repaired.
        foreach (var seed in Enumerable.Range(1, 40))
        {
            var made = new RenderingJob().Run(Request(seed)).Pictures.Single();
            var judged = made.Judged!;
            judged.ShouldBeEquivalentTo(ContractJson.Deserialize<JudgedPicture>(File.ReadAllBytes(Path.ChangeExtension(made.Path, ".json"))));
            judged.Attempts.Count.ShouldBeInRange(1, 4);
            judged.Attempts[0].Seed.ShouldBe(seed);
            judged.Attempts.SkipLast(1).ShouldAllBe(a => !a.IsGood, "the first good one ends it");
            if (!judged.Kept.IsGood)
            {
                judged.Attempts.Count.ShouldBe(4);
                judged.Kept.Margin.ShouldBe(judged.Attempts.Max(a => a.Margin));
            }

            if (judged.Kept.Repaired is null)
            {
                continue;
            }

            judged.Attempts[judged.Chosen - 1].Halves.Single(h => h.Margin <= 0).Side.ShouldBe(judged.Kept.Repaired);
            var again = new PictureJob().Run(new PictureRequest
            {
                BaseModel = _folder.Below("base"),
                Picture = Infotext.Parse(PictureFile.ReadMetadata(File.ReadAllBytes(made.Path)).Parameters!),
                Loras = [new("left", _folder.Below("left.safetensors")), new("right", _folder.Below("right.safetensors"))],
                OutputPath = _folder.Below("again.png"),
            });
            again.Sha256.ShouldBe(made.Sha256);
            return;
        }

        Assert.Fail("No seed was repaired.");
    }

    [Fact]
    public void Run_BestOfWithoutJudges_SaysWhatIsMissing()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        var message = Should.Throw<InvalidJobInputException>(() => new RenderingJob().Run(Request(1) with { Judging = null })).Message;
        message.ShouldContain("Best of 4: needs a CLIP model and photos of both car models to judge by.");
    }

    private RenderingRequest Request(long seed) => new()
    {
        BaseModel = _folder.Below("base"),
        Left = new ComparedCar("Luna", _folder.Below("left.safetensors")),
        Right = new ComparedCar("Borealis", _folder.Below("right.safetensors")),
        Template = new ComparisonTemplate("test", "two cars, {left} and {right}, {scene}", "", "night", 0.8, 128, 64, 2, 3, "Euler")
        {
            CarPrompt = "{car} <lora:{lora}:{strength}>",
            BestOf = 4,
        },
        Judging = Judging(),
        Scene = "night",
        Seeds = [seed],
        OutputFolder = _folder.Below("out"),
    };

    private Judging Judging() => new(ShowroomModels.Clip, null, Photos(Hatchback), Photos(Wagon));

    /// <summary>Every view, place and paint a few times, as listings have them.</summary>
    private List<string> Photos(CarModel car)
    {
        var renderer = new SceneRenderer();
        return
        [
            .. Enumerable.Range(0, 24).Select(i =>
            {
                var path = _folder.Below($"{car.Make}-{i}.png");
                if (!File.Exists(path))
                {
                    File.WriteAllBytes(path, ImageCodec.EncodePng(renderer.Draw(SceneSampler.Of(car.Design, 7_000 + i), 192, 144).Image));
                }

                return path;
            }),
        ];
    }

    private static RgbImage Pair(CarModel left, CarModel right)
    {
        CarShot Of(CarModel car) => new(car.Design, Paint.Red, View.Side, Facing.Right);
        return new SceneRenderer().Draw(new Scene(Place.CityStreet, [Of(left), Of(right)], 1), 384, 144).Image;
    }
}
