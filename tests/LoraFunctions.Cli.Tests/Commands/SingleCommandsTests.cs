using LoraFunctions.Imaging;
using LoraFunctions.Imaging.Marking;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Tests;
using Shouldly;
using Xunit;

namespace LoraFunctions.Cli.Tests.Commands;

/// <summary>The single commands on local folders, with real small models.</summary>
public sealed class SingleCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task LabelTrainRenderCompare_OnFolders_LeadFromPhotosToPictures()
    {
        TinyModels.Clip(_folder.Below("clip"));
        TinyModels.StableDiffusion(_folder.Below("base"));
        for (var i = 0; i < 3; i++)
        {
            TestPictures.WritePng(_folder.Below("photos", $"img0{i}.png"), 90, 70, i);
        }

        var label = await CliRun.Of(
            "label",
            "--photos",
            _folder.Below("photos"),
            "--clip",
            _folder.Below("clip"),
            "--name",
            "Tesla Model Y",
            "--features",
            "hidden door handles");
        label.ExitCode.ShouldBe(0, label.Error);
        label.Out.ShouldContain("metadata.csv: 3 captions");
        File.ReadLines(_folder.Below("photos", "metadata.csv"))
            .First()
            .ShouldStartWith("img00.png,\"Tesla Model Y, hidden door handles, ");

        var (tesla, byd) = (Yaml("tesla_lora"), Yaml("byd_lora"));
        var train = await CliRun.Of("train", "--config", tesla, byd);
        train.ExitCode.ShouldBe(0, train.Error);
        train.Out.ShouldContain("tesla_lora.safetensors: 2 steps, loss of the last epoch ");
        train.Out.ShouldContain("byd_lora.safetensors: 2 steps");

        var inspect = await CliRun.Of("models", "inspect", _folder.Below("out", "tesla_lora", "tesla_lora.safetensors"));
        inspect.ExitCode.ShouldBe(0, inspect.Error);
        inspect.Out.ShouldMatch(@"UNet +attn1\.to_q +16 +2 +4 +2 ");
        inspect.Out.ShouldMatch("stored hash +matches the weights");

        var picture = _folder.Below("one.png");
        var render = await CliRun.Of(
            "render",
            "--base-model",
            _folder.Below("base"),
            "--prompt",
            "side view, <lora:a:0.8>",
            "--negative",
            "blurry",
            "--steps",
            "1",
            "--cfg",
            "2",
            "--seed",
            "5",
            "--size",
            "64x64",
            "--sampler",
            "Euler a",
            "--lora",
            $"a={_folder.Below("out", "tesla_lora", "tesla_lora.safetensors")}",
            "--out",
            picture);
        render.ExitCode.ShouldBe(0, render.Error);
        render.Out.ShouldContain("rendering 1/1");
        File.Exists(picture).ShouldBeTrue();

        string[] lora = ["--base-model", _folder.Below("base"), "--lora", $"a={_folder.Below("out", "tesla_lora", "tesla_lora.safetensors")}"];
        var again = await CliRun.Of(["render", "--like", picture, .. lora, "--out", _folder.Below("again.png")]);
        again.ExitCode.ShouldBe(0, again.Error);
        (await File.ReadAllBytesAsync(_folder.Below("again.png"), TestContext.Current.CancellationToken))
            .ShouldBe(await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken));

        var compare = await CliRun.Of(
            "compare",
            "--base-model",
            _folder.Below("base"),
            "--left",
            _folder.Below("out", "tesla_lora", "tesla_lora.safetensors"),
            "--right",
            _folder.Below("out", "byd_lora", "byd_lora.safetensors"),
            "--scene",
            "rain",
            "--seeds",
            "1",
            "2",
            "--steps",
            "1",
            "--size",
            "128x64",
            "--sampler",
            "Euler",
            "--out",
            _folder.Below("pictures"));
        compare.ExitCode.ShouldBe(0, compare.Error);
        Directory.GetFiles(_folder.Below("pictures")).Select(Path.GetFileName).Order().ShouldBe(["rain-1.png", "rain-2.png"]);

        // By name, larger than it is painted, in another format, and as that file says once more.
        var cover = await CliRun.Of(
            "compare", "--base-model", _folder.Below("base"), "--lora-folder", _folder.Below("out"), "--left", "tesla_lora", "--right", "byd_lora", "--scene", "night",
            "--steps", "2", "--size", "64x128", "--final-size", "104x200", "--format", "jpg", "--sampler", "Euler", "--out", _folder.Below("covers"));
        cover.ExitCode.ShouldBe(0, cover.Error);
        cover.Out.ShouldContain($"{_folder.Below("covers", "night-0.jpg")}: 104x200, seed 0");
        (await CliRun.Of("verify", _folder.Below("covers", "night-0.jpg"))).Out.ShouldContain("made by LoraFunctions");
        var same = await CliRun.Of(
            "render", "--like", _folder.Below("covers", "night-0.jpg"), "--base-model", _folder.Below("base"), "--lora-folder", _folder.Below("out"), "--out", _folder.Below("same.jpg"));
        same.ExitCode.ShouldBe(0, same.Error);
        (await File.ReadAllBytesAsync(_folder.Below("same.jpg"), TestContext.Current.CancellationToken))
            .ShouldBe(await File.ReadAllBytesAsync(_folder.Below("covers", "night-0.jpg"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Verify_OursAnothersAndNone_SaysWhich()
    {
        var (ours, photo) = (_folder.Below("ours.png"), _folder.Below("photo.png"));
        await File.WriteAllBytesAsync(
            ours, MarkedPicture.Encode(new RgbImage(128, 128), "a car\nSteps: 1", new AiLabel(AiLabel.Ours, "42")), TestContext.Current.CancellationToken);
        TestPictures.WritePng(photo, 90, 70, 1);

        var whole = await CliRun.Of("verify", ours);
        var both = await CliRun.Of("verify", ours, photo);
        var none = await CliRun.Of("verify", _folder.Below("none.png"), _folder.Write("text.png", "no picture"));

        (whole.ExitCode, whole.Out).ShouldBe(
            (0, $"{ours}: made by LoraFunctions, number 42; visibly marked (bottom right); pixels as made\n"), whole.Error);
        both.ExitCode.ShouldBe(1);
        both.Out.ShouldEndWith($"{photo}: carries no AI label\n");
        none.ExitCode.ShouldBe(2);
        none.ErrorLines.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("--count 0", "--count: 0 pictures a scene; give 1 to 10000.")]
    [InlineData("--seeds 1 2 --count 3", "--seeds names every seed itself; leave --seed and --count out, or --seeds.")]
    public async Task Compare_SeedsThatContradict_AreRefused(string options, string problem)
    {
        var run = await CliRun.Of(["compare", "--base-model", "base", "--left", "a.safetensors", "--right", "b.safetensors", .. options.Split(' ')]);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldBe([$"lora: {problem}"]);
    }

    [Fact]
    public async Task Train_WrongYaml_ShowsAllErrorsWithLinesAndExits2()
    {
        var yaml = _folder.Write(
            "tesla_lora.yaml",
            "train_data_dir: ./none\nbase_model: ./v1-5-pruned.safetensors\nlora_rank: 0\nlearning_rte: 1e-4\noutput_dir: ./out\n");

        var run = await CliRun.Of("train", "--config", yaml);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldBe([
            $"lora: {yaml}:4: learning_rte: there is no such key. Did you mean 'learning_rate'? 'lora config explain' lists them all.",
            $"lora: {yaml}:3: lora_rank: 0 is out of range; give 1 to 320.",
            $"lora: {yaml}:1: train_data_dir: there is no folder {_folder.Below("none")}.",
            $"lora: {yaml}:2: base_model: there is no base model v1-5-pruned.safetensors; looked for a file or a diffusers folder at "
                + $"{_folder.Below("v1-5-pruned.safetensors")}.",
        ]);
        Directory.Exists(_folder.Below("out")).ShouldBeFalse();
    }

    [Fact]
    public async Task Paths_OfAShellOrAnotherMachine_AreLookedUpOrRefusedByEveryCommand()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

        var lookedUp = await CliRun.Of("train", "--config", "~/none/x.yaml");
        lookedUp.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"lora: {home}/none/x.yaml: there is no such file");

        string[][] commands =
        [
            ["label", "--photos", "$PHOTOS/a", "--clip", "c", "--name", "n"],
            ["render", "--base-model", "b", "--prompt", "p", "--lora", "car=$LORAS/a.safetensors"],
            ["compare", "--base-model", "b", "--left", "l", "--right", "r", "--out", "$OUT"],
            ["config", "import", "$TOML"],
            ["weights", "inspect", "%LORA%"],
        ];
        foreach (var command in commands)
        {
            var run = await CliRun.Of(command);
            run.ExitCode.ShouldBe(2);
            run.ErrorLines[0].ShouldContain("such names are not looked up here; write out what it stands for");
        }
    }

    [Fact]
    public async Task Compare_StrengthOfOneAndMore_IsWarnedOf()
    {
        var run = await CliRun.Of("compare", "--base-model", _folder.Below("none"), "--left", "l", "--right", "r", "--strength", "1.2");

        run.ErrorLines[0].ShouldBe("lora: warning: LoRA 'l' at 1.2: from 1 on pictures distort; 0.6 to 0.9 is usual.");
    }

    [Fact]
    public async Task Compare_TheSameLoraOnBothSides_IsRefused()
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        var lora = _folder.Below("a.safetensors");
        TinyModels.Unpack("e_lora.kohya.f16", lora);

        var run = await CliRun.Of("compare", "--base-model", _folder.Below("base"), "--left", lora, "--right", lora, "--size", "64x64", "--out", _folder.Below("pictures"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldBe($"lora: Both sides are the LoRA {lora}; a comparison needs two.");
    }

    [Fact]
    public async Task Train_NameForSeveral_IsRefused()
    {
        var run = await CliRun.Of("train", "--config", "a.yaml", "b.yaml", "--name", "x");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain("--name is for one model");
    }

    [Theory]
    [InlineData("--sampler", "Eulr", "Sampler 'Eulr' is not known; the nearest is 'Euler'")]
    [InlineData("--size", "100x64", "Width 100: must be a multiple of 8; the nearest are 96 and 104.")]
    [InlineData("--size", "big", "--size: 'big' is no size; give width x height, e.g. 512x512.")]
    [InlineData("--steps", "x", "x")]
    [InlineData("--lora", "a=/nowhere.safetensors", "There is no LoRA at /nowhere.safetensors")]
    public async Task Render_BadOption_IsAClearLineAndExits2(string option, string value, string expected)
    {
        TinyModels.StableDiffusion(_folder.Below("base"));

        var run = await CliRun.Of(
            "render",
            "--base-model",
            _folder.Below("base"),
            "--prompt",
            "car, <lora:a:1>",
            "--out",
            _folder.Below("x.png"),
            option,
            value);

        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.ShouldContain(expected);
        run.ErrorLines.ShouldAllBe(l => l.StartsWith("lora: "));
        run.Error.ShouldNotContain("   at ");
        File.Exists(_folder.Below("x.png")).ShouldBeFalse();
    }

    [Fact]
    public async Task Render_NoBaseModel_SaysWhereItLooked()
    {
        var run = await CliRun.Of("render", "--base-model", _folder.Below("v1-5-pruned.safetensors"), "--prompt", "car");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldContain(_folder.Below("v1-5-pruned.safetensors"));
    }

    [Fact]
    public async Task Label_NeitherPhotosNorClip_NamesBoth()
    {
        var run = await CliRun.Of("label", "--photos", _folder.Below("none"), "--clip", _folder.Below("nada"), "--name", "Tesla");

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
        run.ErrorLines[0].ShouldContain($"There is no folder {_folder.Below("none")}");
        run.ErrorLines[1].ShouldContain($"There is no CLIP model at {_folder.Below("nada")}");
    }

    [Fact]
    public async Task Render_EverythingWrong_IsAllNamedAtOnce()
    {
        var run = await CliRun.Of(
            "render", "--base-model", _folder.Below("none"), "--prompt", "car", "--out", "x.gif", "--size", "100x64", "--sampler", "Eulr",
            "--steps", "0", "--cfg", "0", "--seed", "-1", "--clip-skip", "0", "--lora", "a=/nowhere.safetensors");

        run.ExitCode.ShouldBe(2);
        string[] expected =
        [
            "x.gif: give a name that ends with .png, .jpg or .webp.", "There is no LoRA at /nowhere", "The prompt does not name the LoRA 'a'", "Width 100: ", "Sampler 'Eulr'",
            "Steps 0: ", "Guidance scale 0: ", "Clip skip 0: ", "Seed -1: ", "There is no base model at ",
        ];
        run.ErrorLines.Length.ShouldBe(expected.Length);
        run.ErrorLines.Zip(expected).ShouldAllBe(p => p.First.StartsWith("lora: " + p.Second));
    }

    [Theory]
    [InlineData("render", "--out", "file/x.png")]
    [InlineData("compare", "--out", "file")]
    public async Task Render_WhereNothingCanBeWritten_IsSaidBeforeAnythingIsRendered(string command, string option, string target)
    {
        TinyModels.StableDiffusion(_folder.Below("base"));
        var (left, right) = (_folder.Below("a.safetensors"), _folder.Below("b.safetensors"));
        TinyModels.Unpack("e_lora.kohya.f16", left);
        TinyModels.Unpack("e_lora.kohya.f16", right);
        _folder.Write("file", "");
        string[] more = command == "render" ? ["--prompt", "car"] : ["--left", left, "--right", right];

        var run = await CliRun.Of([command, "--base-model", _folder.Below("base"), .. more, "--size", "64x64", option, _folder.Below(target)]);

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.ShouldHaveSingleItem().ShouldEndWith("; name another place.");
        run.Out.ShouldNotContain("rendering");
    }

    [Fact]
    public async Task Compare_EverythingWrong_IsAllNamedAtOnce()
    {
        var run = await CliRun.Of(
            "compare", "--base-model", _folder.Below("none"), "--left", "l", "--right", "r", "--scene", "moon", "--size", "100x64", "--strength", "5",
            "--seeds", "1", "-2");

        run.ExitCode.ShouldBe(2);
        string[] expected =
        [
            "--scenes: 'moon' is not known; give one of city-street, driving-fast, highway, night, rain, studio, ", "LoRA strength 5: ", "There is no LoRA at l;",
            "There is no LoRA at r;", "Width 100: ", "Seed -2: ", "There is no base model at ",
        ];
        run.ErrorLines.Length.ShouldBe(expected.Length);
        run.ErrorLines.Zip(expected).ShouldAllBe(p => p.First.StartsWith("lora: " + p.Second));
    }

    [Fact]
    public async Task Train_WrongBaseModelAndWrongCaptions_AreNamedTogether()
    {
        TestPictures.WritePng(_folder.Below("photos", "a.png"), 90, 70, 0);
        _folder.Write("photos/metadata.csv", "a.png,\"\"\n");
        Directory.CreateDirectory(_folder.Below("base"));

        var run = await CliRun.Of("train", "--config", Yaml("tesla"));

        run.ExitCode.ShouldBe(2);
        run.ErrorLines.Length.ShouldBe(2);
        run.ErrorLines[0].ShouldContain("base: is no diffusers folder");
        run.ErrorLines[1].ShouldContain("a.png: the caption is empty.");
    }

    private string Yaml(string name) =>
        _folder.Write(
            $"{name}.yaml",
            $"""
            train_data_dir: photos
            base_model: base
            output_dir: out/{name}
            resolution: 64
            lora_rank: 2
            batch_size: 2
            epochs: 1
            """);
}
