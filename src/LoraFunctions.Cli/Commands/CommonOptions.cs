using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Prompts;

namespace LoraFunctions.Cli.Commands;

/// <summary>Options that several commands take.</summary>
internal static class CommonOptions
{
    public static Option<string> BaseModel() =>
        new("--base-model")
        {
            Description =
                "Stable Diffusion 1.5: a .safetensors file (vocab.json and merges.txt beside it or in tokenizer/) or a diffusers folder.",
            Required = true,
        };

    /// <summary>Read by <see cref="RenderCommand.NamedLoraOf"/>.</summary>
    public static Option<string[]> Loras() =>
        new("--lora")
        {
            Description = "name=path, as often as there are LoRAs; without a name, the file's.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };

    public static Option<string?> LoraFolder() =>
        new("--lora-folder") { Description = "Where LoRAs are found by name: tesla_lora is tesla_lora.safetensors there or in a folder below." };

    public static Option<int> Steps(int usual) => new("--steps") { Description = "Sampler steps.", DefaultValueFactory = _ => usual };

    public static Option<double> Cfg() =>
        new("--cfg") { Description = "Guidance scale; 1 is none.", DefaultValueFactory = _ => TextToImageRequest.DefaultGuidanceScale };

    public static Option<string> Sampler(string usual) =>
        new("--sampler")
        {
            Description = "As WebUI calls it, e.g. \"Euler a\" or \"DPM++ 2M Karras\".",
            DefaultValueFactory = _ => usual,
        };

    public static Option<BracketMeaning> Brackets(BracketMeaning usual) =>
        new("--brackets")
        {
            Description = "What [words:0.7] means: a schedule (the words come in after 70 % of the steps, as in WebUI) or a weight.",
            DefaultValueFactory = _ => usual,
        };

    /// <summary><c>768x512</c>; whether a size can be rendered is the renderer's to say.</summary>
    public static Option<PictureSize> Size(int width, int height) =>
        new("--size")
        {
            Description = "Width x height in pixels, multiples of 8.",
            HelpName = "WxH",
            DefaultValueFactory = _ => new PictureSize(width, height),
            CustomParser = ReadSize,
        };

    /// <summary>Of a picture that is enlarged in a second pass.</summary>
    public static Option<PictureSize?> FinalSize() =>
        new("--final-size")
        {
            Description = "Width x height of the file where it is more than the model can lay out, e.g. 1536x1024, 1080x1920: painted at --size (without it: "
                + "a fitting one), then enlarged and finished in a second pass.",
            HelpName = "WxH",
            CustomParser = ReadSize,
        };

    private static PictureSize? ReadSize(ArgumentResult result)
    {
        var sides = result.Tokens[0].Value.Split('x', 'X');
        if (
            sides.Length == 2
            && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out var w)
            && int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out var h))
        {
            return new PictureSize(w, h);
        }

        var option = (result.Parent as OptionResult)?.Option.Name;
        result.AddError($"{option}: '{result.Tokens[0].Value}' is no size; give width x height, e.g. {TextToImageRequest.DefaultSize}x{TextToImageRequest.DefaultSize}.");
        return null;
    }
}
