using System.CommandLine;
using System.Globalization;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora compare</c>: two LoRAs in one picture.</summary>
internal static class CompareCommand
{
    private const string DefaultScene = "city-street";
    private const int MostPictures = 10_000;

    public static Command Create(CliConsole console)
    {
        var baseModel = CommonOptions.BaseModel();
        var left = new Option<string>("--left") { Description = "LoRA of the car on the left: a path, or a name in --lora-folder.", Required = true };
        var right = new Option<string>("--right") { Description = "LoRA of the car on the right.", Required = true };
        var loraFolder = CommonOptions.LoraFolder();
        var leftName = new Option<string?>("--left-name") { Description = "Its name in the prompt; what its file says when not named." };
        var rightName = new Option<string?>("--right-name")
        {
            Description = "Its name in the prompt; what its file says when not named.",
        };
        var scenes = new Option<string[]>("--scenes", "--scene")
        {
            Description = $"Some of {string.Join(", ", ComparisonDefaults.Scenes.Keys)} (or how they begin), with commas between them; or a name "
                + "of your own with --scene-prompt.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [DefaultScene],
        };
        var method = new Option<string?>("--method")
        {
            Description = $"How the LoRAs are kept apart: {string.Join(", ", ComparisonDefaults.Methods)}. Without it "
                + $"{ComparisonDefaults.Method}, or {ComparisonDefaults.Merge} where --template names LoRAs.",
        };
        var layout = new Option<string?>("--layout")
        {
            Description = $"{string.Join(" or ", ComparisonDefaults.Layouts)}; without it, stacked where the picture is higher than wide.",
        };
        var carPrompt = new Option<string>("--car-prompt")
        {
            Description = "Each car's own prompt, with {car}, {lora}, {colour}, {strength} and {scene}.",
            DefaultValueFactory = _ => ComparisonDefaults.CarPrompt,
        };
        var colours = new Option<string[]>("--colours")
        {
            Description = "What {colour} stands for on the left and on the right, e.g. --colours \"red paint\" \"blue paint\".",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var brackets = CommonOptions.Brackets(BracketMeaning.Weight);
        var scenePrompt = new Option<string?>("--scene-prompt") { Description = "The words that stand for the scene." };
        var template = new Option<string>("--template")
        {
            Description = "Prompt of the whole picture, with {left}, {right} and {scene}; with <lora:{left_lora}:{strength}> too it is all there is.",
            DefaultValueFactory = _ => ComparisonDefaults.Prompt,
        };
        var negative = new Option<string>("--negative")
        {
            Description = "What the picture shall not show.",
            DefaultValueFactory = _ => ComparisonDefaults.NegativePrompt,
        };
        var strength = new Option<double>("--strength")
        {
            Description = "Of both LoRAs: 0.6 to 0.9; 1 and more distorts.",
            DefaultValueFactory = _ => ComparisonDefaults.LoraStrength,
        };
        var seeds = new Option<long[]>("--seeds")
        {
            Description = "One picture each, in place of --seed and --count.",
            AllowMultipleArgumentsPerToken = true,
        };
        var seed = new Option<long>("--seed") { Description = "The first of --count seeds.", DefaultValueFactory = _ => 0 };
        var count = new Option<int>("--count") { Description = "Pictures a scene, with seeds from --seed on.", DefaultValueFactory = _ => 1 };
        var steps = CommonOptions.Steps(ComparisonDefaults.Steps);
        var cfg = CommonOptions.Cfg();
        var size = CommonOptions.Size(ComparisonDefaults.Width, ComparisonDefaults.Height);
        var finalSize = CommonOptions.FinalSize();
        var format = new Option<string>("--format")
        {
            Description = $"Of the pictures: {string.Join(", ", ComparisonDefaults.Formats)}.",
            DefaultValueFactory = _ => ComparisonDefaults.Format,
        };
        var sampler = CommonOptions.Sampler(ComparisonDefaults.Sampler);
        var output = new Option<string>("--out")
        {
            Description = "Folder of the pictures, {scene}-{seed} and the format.",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("compare", "Render two car models in one picture, marked as made by AI.")
        {
            baseModel,
            left,
            right,
            loraFolder,
            leftName,
            rightName,
            scenes,
            scenePrompt,
            method,
            layout,
            template,
            carPrompt,
            colours,
            brackets,
            negative,
            strength,
            seeds,
            seed,
            count,
            steps,
            cfg,
            size,
            finalSize,
            format,
            sampler,
            output,
        };
        var judging = new JudgingOptions();
        judging.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var (width, height) = parsed.GetRequiredValue(size);
                        var final = parsed.GetValue(finalSize);
                        if (final is not null && parsed.GetResult(size) is not { Implicit: false })
                        {
                            (width, height) = SecondPass.FirstSize(final.Width, final.Height, width, height);
                        }

                        var (leftPath, rightPath) = Paths(parsed.GetRequiredValue(left), parsed.GetRequiredValue(right), parsed.GetValue(loraFolder));
                        var wantedSeeds = Seeds(parsed, seeds, seed, count);
                        var judges = judging.Read(parsed);
                        RenderingRequest Request(string name, string words) => new()
                        {
                            BaseModel = parsed.GetRequiredValue(baseModel),
                            Left = Car(leftPath, parsed.GetValue(leftName)),
                            Right = Car(rightPath, parsed.GetValue(rightName)),
                            Template = new ComparisonTemplate(
                                "command line",
                                parsed.GetRequiredValue(template),
                                parsed.GetRequiredValue(negative),
                                words,
                                parsed.GetValue(strength),
                                width,
                                height,
                                parsed.GetValue(steps),
                                parsed.GetValue(cfg),
                                parsed.GetRequiredValue(sampler))
                            {
                                CarPrompt = parsed.GetRequiredValue(carPrompt),
                                Colours = parsed.GetRequiredValue(colours) is { Length: > 0 } given ? given : null,
                                Method = parsed.GetValue(method),
                                Layout = parsed.GetValue(layout) ?? (height > width ? ComparisonDefaults.Stacked : ComparisonDefaults.Layout),
                                FinalWidth = final?.Width,
                                FinalHeight = final?.Height,
                                Format = parsed.GetRequiredValue(format),
                                BestOf = judging.BestOf(parsed),
                                Brackets = parsed.GetValue(brackets) == BracketMeaning.Weight ? ComparisonDefaults.Brackets : "schedule",
                            },
                            Judging = judges,
                            Scene = name,
                            Seeds = wantedSeeds,
                            OutputFolder = parsed.GetRequiredValue(output),
                        };
                        var wanted = parsed.GetRequiredValue(scenes).SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries))
                            .Select(name => SceneOf(name.Trim(), parsed.GetValue(scenePrompt))).ToList();
                        var requests = wanted.Select(s => Request(s.Name, s.Words ?? "")).ToList();
                        if (wanted.Any(s => s.Words is null))
                        {
                            throw new InvalidJobInputException([
                                .. wanted.Where(s => s.Words is null).Select(s =>
                                    $"--scenes: '{s.Name}' is not known; give one of {string.Join(", ", ComparisonDefaults.Scenes.Keys)}, or its "
                                        + "words by --scene-prompt."),
                                .. requests.SelectMany(RenderingJob.Problems).Distinct(StringComparer.Ordinal),
                            ]);
                        }

                        requests.SelectMany(RenderingJob.Warnings).Distinct(StringComparer.Ordinal).ToList().ForEach(w => console.Warning($"lora: warning: {w}"));
                        foreach (var request in requests)
                        {
                            var result = ProgressDisplay.Run(
                                console,
                                progress => new RenderingJob().Run(request, progress, cancellationToken));
                            foreach (var picture in result.Pictures)
                            {
                                console.Line(
                                    $"{picture.Path}: {picture.Width}x{picture.Height}, seed {picture.Seed}, SHA-256 {picture.Sha256}{Verdict(picture.Judged)}");
                            }
                        }

                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    private static string Verdict(JudgedPicture? judged) => judged is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $", {(judged.Kept.IsGood ? "good" : "doubtful")} (margin {judged.Kept.Margin:0.000}, {judged.Chosen + 1} of {judged.Attempts.Count} tried)");

    private static IReadOnlyList<long> Seeds(ParseResult parsed, Option<long[]> seeds, Option<long> seed, Option<int> count)
    {
        var problems = new Problems();
        var pictures = parsed.GetValue(count);
        if (pictures is < 1 or > MostPictures)
        {
            problems.Add($"--count: {pictures} pictures a scene; give 1 to {MostPictures}.");
        }

        if (parsed.GetValue(seeds) is { Length: > 0 }
            && (parsed.GetResult(seed) is { Implicit: false } || parsed.GetResult(count) is { Implicit: false }))
        {
            problems.Add("--seeds names every seed itself; leave --seed and --count out, or --seeds.");
        }

        problems.ThrowIfAny();
        return parsed.GetValue(seeds) is { Length: > 0 } each
            ? each
            : [.. Enumerable.Range(0, pictures).Select(i => parsed.GetValue(seed) + i)];
    }

    /// <summary>By its name or the one name that begins so; the words are null when there is none.</summary>
    private static (string Name, string? Words) SceneOf(string name, string? words)
    {
        if (words is not null)
        {
            return (name, words);
        }

        var known = ComparisonDefaults.Scenes.Keys.Where(k => k == name || k.StartsWith(name + "-", StringComparison.Ordinal)).ToList();
        return known is [var one] ? (one, ComparisonDefaults.Scenes[one]) : (name, null);
    }

    /// <summary>A path that is there is taken; otherwise the folder is asked.</summary>
    /// <exception cref="InvalidJobInputException">One or both are not in the folder.</exception>
    private static (string Left, string Right) Paths(string left, string right, string? folder)
    {
        var problems = new Problems();
        var paths = (Of(left), Of(right));
        problems.ThrowIfAny();
        return paths;

        string Of(string given) =>
            folder is null || File.Exists(given) || Directory.Exists(given) ? given : LoraFolder.Find(folder, given, problems) ?? given;
    }

    /// <summary>A missing or broken file is the job's to report, with everything else.</summary>
    private static ComparedCar Car(string path, string? name)
    {
        try
        {
            return new ComparedCar(name ?? NameIn(path), path);
        }
        catch (Exception exception) when (exception is LoraException or Diffusion.Checkpoints.CheckpointException)
        {
            return new ComparedCar(Path.GetFileNameWithoutExtension(path), path);
        }
    }

    private static string NameIn(string path)
    {
        using var lora = LoraFile.Load(path);
        return lora.Metadata.GetValueOrDefault("modelspec.trigger_phrase")
            ?? lora.Metadata.GetValueOrDefault("ss_output_name")
            ?? Path.GetFileNameWithoutExtension(path);
    }
}
