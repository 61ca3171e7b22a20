using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Rendering;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Rendering;

public sealed class RenderingJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RenderingJobTests()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        TinyModels.Unpack("e_lora.kohya.f16", _folder.Below("tesla_lora.safetensors"));
        TinyModels.Unpack("e_lora.kohya.f16", _folder.Below("byd_lora.safetensors"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_TwoLorasAndSeeds_LeavesMarkedPicturesWithTheirParameters()
    {
        var reports = new List<JobProgress>();
        var present = new List<int>();

        var result = new RenderingJob().Run(
            Request(),
            new Watch(
                reports,
                () => present.Add(Directory.Exists(_folder.Below("out")) ? Directory.GetFiles(_folder.Below("out"), "*.png").Length : 0)));

        result.Pictures.Select(p => Path.GetFileName(p.Path)).ShouldBe(["night-7.png", "night-8.png"]);
        result.Pictures[0].Sha256.ShouldNotBe(result.Pictures[1].Sha256);
        foreach (var picture in result.Pictures)
        {
            var bytes = File.ReadAllBytes(picture.Path);
            var image = ImageCodec.Decode(bytes);
            (image.Width, image.Height).ShouldBe((192, 128));
            var metadata = PictureFile.ReadMetadata(bytes);
            metadata.Parameters.ShouldNotBeNull();
            metadata.Parameters.ShouldStartWith(
                "[Tesla Model Y:0.7], <lora:tesla_lora:0.8>, [BYD Han EV:0.7], <lora:byd_lora:0.8>, city lights\nNegative prompt: low "
                    + "quality\nSteps: 2, Sampler: Euler");
            metadata.Parameters.ShouldContain($"Seed: {picture.Seed}, Size: 192x128, Model hash: ");
            metadata.Parameters.ShouldMatch("Lora hashes: \"tesla_lora: [0-9a-f]{12}, byd_lora: [0-9a-f]{12}\"");
            metadata.Label.ShouldNotBeNull();
            metadata.Label.Label.ShouldBe("1");
        }

        reports[^1].ShouldBe(new JobProgress("rendering", 4, 4));
        // each picture is there when a report follows it
        present.ShouldContain(1);
        present[^1].ShouldBe(2);
        Directory.GetFiles(_folder.Below("out")).Length.ShouldBe(2);
    }

    [Fact]
    public void Run_Halves_KeepsTheLorasApartAndRecordsHow()
    {
        var template = Template with { Prompt = "two cars, {left} and {right}, {scene}", CarPrompt = "{car} <lora:{lora}:{strength}>", Layout = "stacked" };

        var picture = new RenderingJob().Run(Request() with { Seeds = [7], Template = template }).Pictures.Single();

        picture.Prompt.ShouldBe("two cars, Tesla Model Y and BYD Han EV, city lights\nTesla Model Y <lora:tesla_lora:0.8>\nBYD Han EV <lora:byd_lora:0.8>");
        var parameters = PictureFile.ReadMetadata(File.ReadAllBytes(picture.Path)).Parameters!;
        parameters.ShouldContain(
            "Composition: Halves, Layout: Stacked, Region 1: \"Tesla Model Y <lora:tesla_lora:0.8>\", Region 2: \"BYD Han EV <lora:byd_lora:0.8>\"");
    }

    [Theory]
    [InlineData("halves", "png")]
    [InlineData("solo-first", "png")]
    [InlineData("attention", "webp")]
    [InlineData("merge", "jpg")]
    public void Infotext_ReadBack_GivesTheSamePicture(string method, string format)
    {
        var template = Template with
        {
            Format = format,
            FinalWidth = method == "solo-first" ? null : 200,
            FinalHeight = method == "solo-first" ? null : 136,
            Prompt = "two (cars:1.2), {left}, \"{right}\": {scene}",
            CarPrompt = "{car}, [[red]] <lora:{lora}:{strength}>",
            Method = method,
            Sampler = "DPM++ 2M Karras",
        };
        var made = new RenderingJob().Run(Request() with { Seeds = [7], Template = template }).Pictures.Single();

        var again = new PictureJob().Run(new PictureRequest
        {
            BaseModel = _folder.Below("base"),
            Picture = Infotext.Parse(PictureFile.ReadMetadata(File.ReadAllBytes(made.Path)).Parameters!),
            Loras = [new("tesla_lora", _folder.Below("tesla_lora.safetensors")), new("byd_lora", _folder.Below("byd_lora.safetensors"))],
            OutputPath = _folder.Below($"again.{format}"),
        });

        again.Sha256.ShouldBe(made.Sha256);
        (made.Width, made.Height).ShouldBe((template.FinalWidth ?? 192, template.FinalHeight ?? 128));
        PictureCheck.Of(File.ReadAllBytes(made.Path)).IsOursAndWhole.ShouldBeTrue();
    }

    [Theory]
    [InlineData("havles", "side-by-side", "Did you mean 'halves'?")]
    [InlineData("halves", "stackd", "Did you mean 'stacked'?")]
    public void Run_UnknownMethodOrLayout_NamesTheNearest(string method, string layout, string hint) =>
        Should
            .Throw<InvalidJobInputException>(() => new RenderingJob().Run(
                Request() with { Template = Template with { Prompt = "{left} {right} {scene}", Method = method, Layout = layout } }))
            .Problems.ShouldHaveSingleItem()
            .ShouldEndWith(hint);

    [Fact]
    public void Run_LorasInThePromptOfHalves_AreAMistake() =>
        Should
            .Throw<InvalidJobInputException>(() => new RenderingJob().Run(Request() with { Template = Template with { Method = "halves" } }))
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("move it to its region's prompt");

    [Fact]
    public void Run_Again_GivesTheSameBytes()
    {
        var first = new RenderingJob().Run(Request()).Pictures;

        new RenderingJob()
            .Run(Request() with { Seeds = [8], OutputFolder = _folder.Below("again") })
            .Pictures.Single()
            .Sha256.ShouldBe(first[1].Sha256);
    }

    [Fact]
    public void Run_OtherStrength_ChangesThePicture()
    {
        var strong = new RenderingJob().Run(Request() with { Seeds = [7] }).Pictures.Single();
        var none = new RenderingJob()
            .Run(Request() with { Seeds = [7], OutputFolder = _folder.Below("none"), Template = Template with { LoraStrength = 0.001 } })
            .Pictures.Single();

        ImageCodec.Decode(File.ReadAllBytes(none.Path)).Pixels.ShouldNotBe(ImageCodec.Decode(File.ReadAllBytes(strong.Path)).Pixels);
    }

    [Fact]
    public void Run_ManyMistakes_NamesAllAndWritesNothing()
    {
        var request = Request() with
        {
            Right = new ComparedCar("BYD Han EV", _folder.Below("none.safetensors")),
            Template = Template with { Prompt = "{lft}, <lora:{left_lora}:1>", LoraStrength = 0 },
            Scene = "a/b",
            Seeds = [],
        };

        var problems = Should.Throw<InvalidJobInputException>(() => new RenderingJob().Run(request)).Problems;

        problems.Count.ShouldBe(6);
        problems[0].ShouldContain("{lft} stands for nothing");
        problems[0].ShouldEndWith("Did you mean 'left'?");
        problems[1].ShouldContain("<lora:{right_lora}:{strength}>");
        problems[2].ShouldStartWith("LoRA strength 0: ");
        problems[3].ShouldContain("'a/b'");
        problems[4].ShouldStartWith("No seeds");
        problems[5].ShouldContain("none.safetensors");
        Directory.Exists(_folder.Below("out")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Eulr", 128, "Euler")]
    [InlineData("Euler", 130, "multiple of 8")]
    public void Run_BadSamplerOrSize_SaysWhatToDo(string sampler, int width, string expected)
    {
        var request = Request() with { Template = Template with { Sampler = sampler, Width = width } };

        Should
            .Throw<InvalidJobInputException>(() => new RenderingJob().Run(request))
            .Problems.ShouldHaveSingleItem()
            .ShouldContain(expected);
    }

    [Fact]
    public void Run_NoBaseModel_SaysWhereItLooked() =>
        Should
            .Throw<InvalidJobInputException>(() =>
                new RenderingJob().Run(Request() with { BaseModel = _folder.Below("v1-5-pruned.safetensors") }))
            .Message.ShouldContain(_folder.Below("v1-5-pruned.safetensors"));

    [Fact]
    public void Picture_PromptWithLora_IsRenderedToOneFile()
    {
        var picture = new PictureJob().Run(Picture("car, <lora:tesla:0.6>"));

        PictureFile.ReadMetadata(File.ReadAllBytes(picture.Path)).Parameters!.ShouldStartWith("car, <lora:tesla:0.6>\nSteps: 1, ");
    }

    [Fact]
    public void Picture_LoraNobodyNames_IsAMistake() =>
        Should
            .Throw<InvalidJobInputException>(() => new PictureJob().Run(Picture("car")))
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("<lora:tesla:0.8>");

    [Fact]
    public void Picture_OutputIsNoPng_IsAMistake() =>
        Should
            .Throw<InvalidJobInputException>(() => new PictureJob().Run(Picture("<lora:tesla:1>") with { OutputPath = "x.gif" }))
            .Message.ShouldBe("x.gif: give a name that ends with .png, .jpg or .webp.");

    [Fact]
    public void Picture_LoraInAFolder_IsFoundByItsName()
    {
        File.Copy(_folder.Below("byd_lora.safetensors"), _folder.Write("loras/suv/byd_lora.safetensors", ""), overwrite: true);
        var request = Picture("car, <lora:byd_lora:0.8>") with { Loras = [], LoraFolder = _folder.Below("loras") };

        var found = new PictureJob().Run(request);

        PictureFile.ReadMetadata(File.ReadAllBytes(found.Path)).Parameters!.ShouldContain("Lora hashes: \"byd_lora: ");
    }

    [Fact]
    public void Picture_LoraInNoFolder_NamesTheNearest()
    {
        foreach (var name in (string[])["a/tesla_lora", "a/twice", "b/twice", "byd_lora"])
        {
            _folder.Write($"loras/{name}.safetensors", "");
        }

        var folder = _folder.Below("loras");
        var request = Picture("car, <lora:tesl_lora:0.8> <lora:twice:0.8>") with { Loras = [], LoraFolder = folder };

        Should.Throw<InvalidJobInputException>(() => new PictureJob().Run(request)).Problems.ShouldBe(
        [
            $"There is no LoRA 'tesl_lora' in {folder}: no file tesl_lora.safetensors there or below. Did you mean 'tesla_lora'? It holds tesla_lora, twice, byd_lora.",
            $"'twice' could be any of {folder}/a/twice.safetensors, {folder}/b/twice.safetensors; give one by its path.",
        ]);
        Should.Throw<InvalidJobInputException>(() => new PictureJob().Run(request with { LoraFolder = "nowhere" })).Problems[0].ShouldStartWith("There is no folder of LoRAs at nowhere;");
    }

    private static ComparisonTemplate Template =>
        new(
            "test",
            "[{left}:0.7], <lora:{left_lora}:{strength}>, [{right}:0.7], <lora:{right_lora}:{strength}>, {scene}",
            "low quality",
            "city lights",
            0.8,
            192,
            128,
            2,
            7.5,
            "Euler");

    private RenderingRequest Request() =>
        new()
        {
            BaseModel = _folder.Below("base"),
            Left = new ComparedCar("Tesla Model Y", _folder.Below("tesla_lora.safetensors")),
            Right = new ComparedCar("BYD Han EV", _folder.Below("byd_lora.safetensors")),
            Template = Template,
            Scene = "night",
            Seeds = [7, 8],
            OutputFolder = _folder.Below("out"),
        };

    private PictureRequest Picture(string prompt) =>
        new()
        {
            BaseModel = _folder.Below("base"),
            Picture = new TextToImageRequest
            {
                Prompt = prompt,
                Width = 128,
                Height = 128,
                Steps = 1,
                Sampler = "Euler",
            },
            Loras = [new NamedLora("tesla", _folder.Below("tesla_lora.safetensors"))],
            OutputPath = _folder.Below("deep", "picture.png"),
        };

    private sealed class Watch(List<JobProgress> reports, Action look) : IProgress<JobProgress>
    {
        public void Report(JobProgress value)
        {
            reports.Add(value);
            look();
        }
    }
}
