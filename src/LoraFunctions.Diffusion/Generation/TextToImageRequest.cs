using LoraFunctions.Diffusion.Prompts;
using LoraFunctions.Diffusion.Sampling;

namespace LoraFunctions.Diffusion.Generation;

/// <summary>One picture to make.</summary>
public sealed record TextToImageRequest
{
    public const int DefaultSize = 512;
    public const int DefaultSteps = 20;
    public const double DefaultGuidanceScale = 7.5;
    public const int MinimumSize = 64;
    public const int MaximumSize = 4096;
    public const double MaximumGuidanceScale = 100;

    /// <summary>In WebUI's grammar (<see cref="PromptReading"/>); may hold <c>&lt;lora:name:strength&gt;</c> tags.</summary>
    public required string Prompt { get; init; }

    public string NegativePrompt { get; init; } = "";

    public BracketMeaning Brackets { get; init; } = BracketMeaning.Schedule;

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Width { get; init; } = DefaultSize;

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Height { get; init; } = DefaultSize;

    public int Steps { get; init; } = DefaultSteps;

    /// <summary>
    /// Classifier-free guidance (Ho and Salimans 2022), 1 to 100; 1 runs without it, and the negative prompt has no effect.
    /// </summary>
    public double GuidanceScale { get; init; } = DefaultGuidanceScale;

    /// <summary>One of <see cref="SamplerNames.All"/>.</summary>
    public string Sampler { get; init; } = SamplerNames.Default;

    /// <summary>0 or more; see <see cref="SeededNoise"/> for what it stands for.</summary>
    public long Seed { get; init; }

    /// <summary>1: the text encoder's last layer; 2: the one before it, and so on.</summary>
    public int ClipSkip { get; init; } = 1;

    /// <summary>Null: from noise alone. Otherwise image-to-image.</summary>
    public StartingPicture? StartFrom { get; init; }

    /// <summary>Null: the picture has <see cref="Width"/> and <see cref="Height"/>. Otherwise it is enlarged to more than the model knows.</summary>
    public SecondPass? SecondPass { get; init; }

    /// <summary>Null: one prompt for the whole picture. Otherwise subjects by region, in the scene that <see cref="Prompt"/> describes.</summary>
    public Composition? Composition { get; init; }

    /// <summary>Steps of both passes.</summary>
    public int AllSteps => Steps + (SecondPass is { } second ? (int)(Steps * second.Strength) : 0);

    /// <summary>What no Stable Diffusion 1.5 can carry out; the model that renders may find more.</summary>
    /// <param name="loras">The names of those that will be given.</param>
    /// <returns>One line each; empty when nothing is wrong.</returns>
    public IReadOnlyList<string> Problems(IReadOnlyList<string> loras) => RequestCheck.Problems(this, loras);

    /// <summary>What is read otherwise than one might think, and strengths that distort; one line each.</summary>
    public IReadOnlyList<string> Warnings() => [.. RequestCheck.Warnings(this)];
}

/// <summary>
/// A larger picture than the model can lay out: painted at <see cref="TextToImageRequest.Width"/> and Height, its latents enlarged, noised again
/// and finished with the same prompts and regions (WebUI's "Hires. fix" with its upscaler Latent).
/// </summary>
/// <param name="Width">Pixels, a multiple of 8, at least the first pass's; so is the height.</param>
/// <param name="Strength">0 to 1: how far it goes back into noise. Below about 0.5 enlarged latents stay soft.</param>
public sealed record SecondPass(int Width, int Height, double Strength = SecondPass.DefaultStrength)
{
    public const double DefaultStrength = 0.6;

    /// <summary>
    /// The size of the first pass for a picture of this size: of its shape, with about as many pixels as the usual one.
    /// </summary>
    public static (int Width, int Height) FirstSize(int width, int height, int usualWidth, int usualHeight)
    {
        var scale = Math.Min(1, Math.Sqrt((double)usualWidth * usualHeight / ((double)width * height)));
        return (Rounded(width * scale), Rounded(height * scale));

        static int Rounded(double pixels) => Math.Max(TextToImageRequest.MinimumSize, (int)Math.Round(pixels / 8) * 8);
    }
}
