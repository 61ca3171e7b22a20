namespace LoraFunctions.Pipeline.Configuration;

/// <summary>What <c>comparisons.yaml</c> need not say.</summary>
internal static class ComparisonDefaults
{
    public const string NegativePrompt = "low quality, blurry, distorted wheels, extra doors, logo, watermark";

    /// <summary>The document starts at 0.6 and goes to 0.9 while the picture stays stable.</summary>
    public const double LoraStrength = 0.7;

    /// <summary>Wide enough for a car on each side.</summary>
    public const int Width = 768;

    public const int Height = 512;

    public const int Steps = 30;

    /// <summary>Stable Diffusion's own.</summary>
    public const double GuidanceScale = 7.5;

    public const string Sampler = "Euler";

    public const int RuleMaxPairs = 20;
}
