using System.CommandLine;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Rendering;

namespace LoraFunctions.Cli.Commands;

/// <summary><c>lora render</c>: one prompt to one marked picture.</summary>
internal static class RenderCommand
{
    public const string DefaultOutput = "picture.png";

    public static Command Create(CliConsole console)
    {
        var baseModel = CommonOptions.BaseModel();
        var prompt = new Option<string?>("--prompt") { Description = "Names LoRAs by <lora:name:strength>." };
        var like = new Option<string?>("--like")
        {
            Description = "A picture rendered here or by WebUI: prompt and everything that is not given otherwise are as its file says.",
        };
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
        var loras = CommonOptions.Loras();
        var loraFolder = CommonOptions.LoraFolder();
        var finalSize = CommonOptions.FinalSize();
        var output = new Option<string>("--out") { Description = "The picture: .png, .jpg or .webp.", DefaultValueFactory = _ => DefaultOutput };
        var command = new Command("render", "Render one picture, marked as made by AI, with its parameters in the file.")
        {
            baseModel,
            prompt,
            like,
            negative,
            steps,
            cfg,
            seed,
            size,
            sampler,
            brackets,
            clipSkip,
            loras,
            loraFolder,
            finalSize,
            output,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var likeFile = parsed.GetValue(like);
                        var picture = likeFile is null ? new TextToImageRequest { Prompt = "" } : Like(likeFile);
                        bool Counts(Option option) => likeFile is null || parsed.GetResult(option) is { Implicit: false };
                        var given = parsed.GetValue(prompt) ?? (likeFile is null
                            ? throw new InvalidJobInputException("--prompt: say what the picture shall show, or give a picture to go by with --like.")
                            : picture.Prompt);
                        var (width, height) = Counts(size) ? parsed.GetRequiredValue(size) : new PictureSize(picture.Width, picture.Height);
                        var second = parsed.GetValue(finalSize) is { } final ? new SecondPass(final.Width, final.Height) : picture.SecondPass;
                        if (second is not null && parsed.GetValue(finalSize) is not null && parsed.GetResult(size) is not { Implicit: false })
                        {
                            (width, height) = SecondPass.FirstSize(second.Width, second.Height, width, height);
                        }

                        var request = new PictureRequest
                        {
                            BaseModel = parsed.GetRequiredValue(baseModel),
                            Picture = picture with
                            {
                                Prompt = given,
                                NegativePrompt = Counts(negative) ? parsed.GetRequiredValue(negative) : picture.NegativePrompt,
                                Steps = Counts(steps) ? parsed.GetValue(steps) : picture.Steps,
                                GuidanceScale = Counts(cfg) ? parsed.GetValue(cfg) : picture.GuidanceScale,
                                Seed = Counts(seed) ? parsed.GetValue(seed) : picture.Seed,
                                Width = width,
                                Height = height,
                                SecondPass = second,
                                Sampler = Counts(sampler) ? parsed.GetRequiredValue(sampler) : picture.Sampler,
                                Brackets = Counts(brackets) ? parsed.GetValue(brackets) : picture.Brackets,
                                ClipSkip = Counts(clipSkip) ? parsed.GetValue(clipSkip) : picture.ClipSkip,
                            },
                            Loras = [.. parsed.GetRequiredValue(loras).Select(NamedLoraOf)],
                            LoraFolder = parsed.GetValue(loraFolder),
                            OutputPath = parsed.GetRequiredValue(output),
                        };
                        request.Picture.Warnings().ToList().ForEach(w => console.Warning($"lora: warning: {w}"));
                        var rendered = ProgressDisplay.Run(
                            console,
                            progress => new PictureJob().Run(request, progress, cancellationToken));
                        console.Line($"{rendered.Path}: {rendered.Width}x{rendered.Height}, seed {rendered.Seed}, SHA-256 {rendered.Sha256}");
                        return ExitCodes.Success;
                    },
                    CancellationToken.None));
        return command;
    }

    private static TextToImageRequest Like(string path)
    {
        try
        {
            return Infotext.Parse(PictureFile.ReadMetadata(File.ReadAllBytes(path)).Parameters
                ?? throw new InvalidJobInputException($"{path} does not say how it was made; one rendered here or by WebUI does."));
        }
        catch (InvalidJobInputException exception)
        {
            throw new InvalidJobInputException([.. exception.Problems.Select(p => $"--like: {path}: {p}")]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or MetadataException)
        {
            throw new InvalidJobInputException($"--like: {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary><c>tesla=loras/tesla_v3.safetensors</c>; a path alone is called by its file name.</summary>
    internal static NamedLora NamedLoraOf(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !File.Exists(text)
            ? new NamedLora(text[..at], text[(at + 1)..])
            : new NamedLora(Path.GetFileNameWithoutExtension(text), text);
}
