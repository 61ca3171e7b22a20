using System.CommandLine;
using LoraFunctions.Diffusion.Lora;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora compare</c>: two LoRAs in one picture.</summary>
internal static class CompareCommand
{
    private const string DefaultScene = "city-street";

    public static Command Create(CliConsole console)
    {
        var baseModel = CommonOptions.BaseModel();
        var left = new Option<string>("--left") { Description = "LoRA of the car on the left.", Required = true };
        var right = new Option<string>("--right") { Description = "LoRA of the car on the right.", Required = true };
        var leftName = new Option<string?>("--left-name") { Description = "Its name in the prompt; what its file says when not named." };
        var rightName = new Option<string?>("--right-name")
        {
            Description = "Its name in the prompt; what its file says when not named.",
        };
        var scene = new Option<string>("--scene")
        {
            Description = $"One of {string.Join(", ", ComparisonDefaults.Scenes.Keys)}, or a name of your own with --scene-prompt.",
            DefaultValueFactory = _ => DefaultScene,
        };
        var scenePrompt = new Option<string?>("--scene-prompt") { Description = "The words that stand for the scene." };
        var template = new Option<string>("--template")
        {
            Description = "Prompt with {left}, {right}, {left_lora}, {right_lora}, {strength} and {scene}.",
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
            Description = "One picture each.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [0],
        };
        var steps = CommonOptions.Steps(ComparisonDefaults.Steps);
        var cfg = CommonOptions.Cfg();
        var size = CommonOptions.Size(ComparisonDefaults.Width, ComparisonDefaults.Height);
        var sampler = CommonOptions.Sampler(ComparisonDefaults.Sampler);
        var output = new Option<string>("--out")
        {
            Description = "Folder of the pictures, {scene}-{seed}.png.",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("compare", "Render two car models in one picture, marked as made by AI.")
        {
            baseModel,
            left,
            right,
            leftName,
            rightName,
            scene,
            scenePrompt,
            template,
            negative,
            strength,
            seeds,
            steps,
            cfg,
            size,
            sampler,
            output,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var (width, height) = parsed.GetRequiredValue(size);
                        var name = parsed.GetRequiredValue(scene);
                        var words = parsed.GetValue(scenePrompt) ?? ComparisonDefaults.Scenes.GetValueOrDefault(name);
                        var request = new RenderingRequest
                        {
                            BaseModel = parsed.GetRequiredValue(baseModel),
                            Left = Car(parsed.GetRequiredValue(left), parsed.GetValue(leftName)),
                            Right = Car(parsed.GetRequiredValue(right), parsed.GetValue(rightName)),
                            Template = new ComparisonTemplate(
                                "command line",
                                parsed.GetRequiredValue(template),
                                parsed.GetRequiredValue(negative),
                                words ?? name,
                                parsed.GetValue(strength),
                                width,
                                height,
                                parsed.GetValue(steps),
                                parsed.GetValue(cfg),
                                parsed.GetRequiredValue(sampler)),
                            Scene = name,
                            Seeds = parsed.GetRequiredValue(seeds),
                            OutputFolder = parsed.GetRequiredValue(output),
                        };
                        if (words is null)
                        {
                            throw new InvalidJobInputException([
                                $"--scene: '{name}' is not known; give one of {string.Join(", ", ComparisonDefaults.Scenes.Keys)}, or its "
                                    + "words by --scene-prompt.",
                                .. RenderingJob.Problems(request),
                            ]);
                        }

                        if (request.Template.LoraStrength is >= 1 and var strong)
                        {
                            console.Warning(FormattableString.Invariant($"lora: warning: LoRA strength {strong}: 0.6 to 0.9 is usual, 1 and more distorts."));
                        }

                        var result = ProgressDisplay.Run(
                            console,
                            progress => new RenderingJob().Run(request, progress, cancellationToken));
                        foreach (var picture in result.Pictures)
                        {
                            console.Line(
                                $"{picture.Path}: {picture.Width}x{picture.Height}, seed {picture.Seed}, SHA-256 {picture.Sha256}");
                        }

                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
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
