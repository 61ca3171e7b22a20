namespace LoraFunctions.Diffusion.Sampling;

/// <summary>
/// Samplers by the names WebUI gives them: the sampler, then the schedule type unless it is uniform (<c>Euler a</c>,
/// <c>DPM++ 2M Karras</c>). Case does not matter. Those with a schedule type are k-diffusion's on k-diffusion's noise levels; the others
/// are diffusers' with Stable Diffusion 1.5's settings.
/// </summary>
public static class SamplerNames
{
    public const string Default = "DPM++ 2M Karras";

    internal const string UniformSchedule = "Uniform";

    private static readonly (string Name, SigmaSpacing Spacing)[] ScheduleTypes =
    [
        (UniformSchedule, SigmaSpacing.Uniform), ("Karras", SigmaSpacing.Karras), ("Exponential", SigmaSpacing.Exponential),
    ];

    private static readonly Dictionary<string, SamplerChoice> ByName =
        Choices().ToDictionary(choice => choice.FullName, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every name, the most used first.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Choices().Select(choice => choice.FullName)];

    /// <exception cref="UnknownSamplerException">No sampler has this name; the message lists those there are, the nearest
    /// first.</exception>
    public static SamplerChoice Find(string name) =>
        ByName.TryGetValue(name.Trim(), out var choice) ? choice : throw new UnknownSamplerException(name);

    private static IEnumerable<SamplerChoice> Choices()
    {
        (string Name, Func<ISigmaGrid, ISampler> Create, bool DiscardNextToLast)[] onSigmas =
        [
            ("DPM++ 2M", grid => new DpmPlusPlus2MSampler(grid), false),
            ("Euler a", grid => new EulerAncestralSampler(grid), false),
            ("Euler", grid => new EulerSampler(grid), false),
            ("DPM++ SDE", grid => new DpmPlusPlusSdeSampler(grid), false),
            ("DPM++ 2M SDE", grid => new DpmPlusPlus2MSdeSampler(grid), false),
            ("DPM++ 2S a", grid => new DpmPlusPlus2SAncestralSampler(grid), false),
            ("Heun", grid => new HeunSampler(grid), false),
            ("LMS", grid => new LmsSampler(grid), false),
            ("DPM2", grid => new Dpm2Sampler(grid), true),
            ("DPM2 a", grid => new Dpm2AncestralSampler(grid), true),
        ];
        foreach (var (name, create, discard) in onSigmas)
        {
            foreach (var (schedule, spacing) in ScheduleTypes)
            {
                yield return new SamplerChoice(name, schedule, create(new KDiffusionGrid(spacing, DiscardNextToLast: discard)));
            }
        }

        yield return new SamplerChoice("DDIM", null, new DdimSampler());
        yield return new SamplerChoice("PLMS", null, new PndmSampler());
        yield return new SamplerChoice("UniPC", null, new UniPcSampler(new SolverGrid()));
        yield return new SamplerChoice("DDPM", null, new DdpmSampler());
        yield return new SamplerChoice("LCM", null, new LcmSampler());
    }
}
