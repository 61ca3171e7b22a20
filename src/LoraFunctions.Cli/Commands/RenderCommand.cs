using System.CommandLine;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora render</c>: one prompt to one marked picture.</summary>
internal static class RenderCommand
{
    public const string DefaultOutput = "picture.png";

    public static Command Create(CliConsole console)
    {
        var baseModel = CommonOptions.BaseModel();
        var prompt = new Option<string>("--prompt") { Description = "Names LoRAs by <lora:name:strength>.", Required = true };
        var negative = new Option<string>("--negative")
        {
            Description = "What the picture shall not show.",
            DefaultValueFactory = _ => "",
        };
        var steps = CommonOptions.Steps(TextToImageRequest.DefaultSteps);
        var cfg = CommonOptions.Cfg();
        var seed = new Option<long>("--seed") { Description = "The same seed gives the same picture.", DefaultValueFactory = _ => 0 };
        var size = CommonOptions.Size(TextToImageRequest.DefaultSize, TextToImageRequest.DefaultSize);
        var sampler = CommonOptions.Sampler(SamplerNames.Default);
        var brackets = CommonOptions.Brackets(BracketMeaning.Schedule);
        var clipSkip = new Option<int>("--clip-skip")
        {
            Description = "1: the text encoder's last layer; 2: the one before it.",
            DefaultValueFactory = _ => 1,
        };
        var loras = new Option<string[]>("--lora")
        {
            Description = "name=path, as often as there are LoRAs; without a name, the file's.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var output = new Option<string>("--out") { Description = "The PNG.", DefaultValueFactory = _ => DefaultOutput };
        var command = new Command("render", "Render one picture, marked as made by AI, with its parameters in the file.")
        {
            baseModel,
            prompt,
            negative,
            steps,
            cfg,
            seed,
            size,
            sampler,
            brackets,
            clipSkip,
            loras,
            output,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var (width, height) = parsed.GetRequiredValue(size);
                        var request = new PictureRequest
                        {
                            BaseModel = parsed.GetRequiredValue(baseModel),
                            Picture = new TextToImageRequest
                            {
                                Prompt = parsed.GetRequiredValue(prompt),
                                NegativePrompt = parsed.GetRequiredValue(negative),
                                Steps = parsed.GetValue(steps),
                                GuidanceScale = parsed.GetValue(cfg),
                                Seed = parsed.GetValue(seed),
                                Width = width,
                                Height = height,
                                Sampler = parsed.GetRequiredValue(sampler),
                                Brackets = parsed.GetValue(brackets),
                                ClipSkip = parsed.GetValue(clipSkip),
                            },
                            Loras = [.. parsed.GetRequiredValue(loras).Select(NamedLoraOf)],
                            OutputPath = parsed.GetRequiredValue(output),
                        };
                        request.Picture.Warnings().ToList().ForEach(w => console.Warning($"lora: warning: {w}"));
                        var picture = ProgressDisplay.Run(
                            console,
                            progress => new PictureJob().Run(request, progress, cancellationToken));
                        console.Line($"{picture.Path}: {picture.Width}x{picture.Height}, seed {picture.Seed}, SHA-256 {picture.Sha256}");
                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    /// <summary><c>tesla=loras/tesla_v3.safetensors</c>; a path alone is called by its file name.</summary>
    internal static NamedLora NamedLoraOf(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !File.Exists(text)
            ? new NamedLora(text[..at], text[(at + 1)..])
            : new NamedLora(Path.GetFileNameWithoutExtension(text), text);
}
