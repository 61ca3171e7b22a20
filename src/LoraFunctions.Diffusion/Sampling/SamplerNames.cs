namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Solves the reverse diffusion: which noise levels a run visits, and what a step does. One serves any number of runs.</summary>
public sealed class Sampler
{
    private readonly Func<NoiseSchedule, int, SamplingPlan> plan;

    internal Sampler(
        string name, string? scheduleType, int maximumSteps, SamplerStepper step, Func<NoiseSchedule, int, SamplingPlan> plan)
    {
        (Name, ScheduleType, MaximumSteps, Step) = (name, scheduleType, maximumSteps, step);
        this.plan = plan;
    }

    /// <summary>As picture metadata calls it, e.g. <c>DPM++ 2M</c>.</summary>
    public string Name { get; }

    /// <summary>As picture metadata calls it, e.g. <c>Karras</c>; null for samplers with a schedule of their own.</summary>
    public string? ScheduleType { get; }

    /// <summary>The name a person gives, e.g. <c>DPM++ 2M Karras</c>.</summary>
    public string FullName => ScheduleType is null or nameof(SigmaSpacing.Uniform) ? Name : $"{Name} {ScheduleType}";

    /// <summary>The most steps it can plan.</summary>
    public int MaximumSteps { get; }

    internal SamplerStepper Step { get; }

    /// <param name="steps">1 to <see cref="MaximumSteps"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Steps outside that range.</exception>
    internal SamplingPlan Plan(NoiseSchedule schedule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MaximumSteps);
        return plan(schedule, steps);
    }
}

/// <summary>
/// Samplers by the names WebUI gives them: the sampler, then the schedule type unless it is uniform (<c>Euler a</c>,
/// <c>DPM++ 2M Karras</c>). Case does not matter. Those with a schedule type are k-diffusion's on k-diffusion's noise levels; the others
/// are diffusers' with Stable Diffusion 1.5's settings.
/// </summary>
public static class SamplerNames
{
    public const string Default = "DPM++ 2M Karras";

    /// <summary>How many timesteps latent consistency models are distilled at.</summary>
    private const int DistilledTimesteps = 50;

    private static readonly IReadOnlyList<Sampler> Samplers = [.. OnSigmas(), .. OnTimesteps()];

    /// <summary>Every name, the most used first.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Samplers.Select(sampler => sampler.FullName)];

    /// <exception cref="UnknownSamplerException">No sampler has this name; the message lists those there are, the nearest first.</exception>
    public static Sampler Find(string name) =>
        Samplers.FirstOrDefault(sampler => sampler.FullName.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new UnknownSamplerException(name);

    private static IEnumerable<Sampler> OnSigmas()
    {
        (string Name, SamplerStepper Step, bool DiscardNextToLast)[] samplers =
        [
            ("DPM++ 2M", DpmSolvers.Multistep, false),
            ("Euler a", EulerSamplers.EulerAncestral, false),
            ("Euler", EulerSamplers.Euler, false),
            ("DPM++ SDE", DpmSolvers.Sde, false),
            ("DPM++ 2M SDE", DpmSolvers.MultistepSde, false),
            ("DPM++ 2S a", DpmSolvers.SinglestepAncestral, false),
            ("Heun", EulerSamplers.Heun, false),
            ("LMS", EulerSamplers.Lms, false),
            ("DPM2", EulerSamplers.Dpm2, true),
            ("DPM2 a", EulerSamplers.Dpm2Ancestral, true),
        ];
        return from sampler in samplers
               from spacing in Enum.GetValues<SigmaSpacing>()
               select new Sampler(
                   sampler.Name,
                   spacing.ToString(),
                   NoiseSchedule.StableDiffusion.TrainTimesteps,
                   sampler.Step,
                   (schedule, steps) => SamplingPlan.KDiffusion(schedule, steps, spacing, sampler.DiscardNextToLast));
    }

    private static Sampler[] OnTimesteps()
    {
        var trained = NoiseSchedule.StableDiffusion.TrainTimesteps;
        return
        [
            new("DDIM", null, trained, EulerSamplers.Euler, (schedule, steps) => Leading(schedule, steps, schedule.Sigmas[0])),
            new("PLMS", null, trained, EulerSamplers.Plms, (schedule, steps) => Leading(schedule, steps, schedule.Sigmas[0])),

            // With more steps two would share a noise level.
            new("UniPC", null, trained - 1, DpmSolvers.UniPc, WithoutLowest),
            new("DDPM", null, trained, EulerSamplers.EulerAncestral, (schedule, steps) => Leading(schedule, steps, 0)),
            new("LCM", null, DistilledTimesteps, EulerSamplers.Lcm, Distilled),
        ];
    }

    /// <summary>
    /// Multiples of floor(trained / steps), plus 1: 951, 901 ... 1 (<c>leading</c>). A run of one step has only timestep 1 to visit, in
    /// diffusers and in WebUI too.
    /// </summary>
    private static SamplingPlan Leading(NoiseSchedule schedule, int steps, double finalSigma) => SamplingPlan.AtTimesteps(
        schedule, Enumerable.Range(0, steps).Reverse().Select(i => (double)i * (schedule.TrainTimesteps / steps) + 1), finalSigma);

    /// <summary>Evenly from the last to the first, whole, the first left out (<c>linspace</c>).</summary>
    private static SamplingPlan WithoutLowest(NoiseSchedule schedule, int steps)
    {
        var last = schedule.TrainTimesteps - 1;
        return SamplingPlan.AtTimesteps(
            schedule, Enumerable.Range(1, steps).Reverse().Select(i => i == steps ? last : Math.Round(i * ((double)last / steps))), 0);
    }

    /// <summary>Evenly chosen from the timesteps that latent consistency models are distilled at.</summary>
    private static SamplingPlan Distilled(NoiseSchedule schedule, int steps)
    {
        var stride = schedule.TrainTimesteps / DistilledTimesteps;
        return SamplingPlan.AtTimesteps(
            schedule,
            Enumerable.Range(0, steps).Select(i => (DistilledTimesteps - Math.Floor(i * ((double)DistilledTimesteps / steps))) * stride - 1),
            finalSigma: 0);
    }
}

/// <summary>No sampler has the name asked for.</summary>
public sealed class UnknownSamplerException : Exception
{
    public UnknownSamplerException(string name)
        : base($"Sampler '{name}' is not known; the nearest is '{Nearest(name)}'. Known samplers: {string.Join(", ", SamplerNames.All)}.")
    {
        NearestName = Nearest(name);
    }

    public string NearestName { get; }

    private static string Nearest(string name) =>
        SamplerNames.All.MinBy(known => Distance(name.Trim().ToUpperInvariant(), known.ToUpperInvariant()))!;

    /// <summary>Levenshtein's: insertions, deletions and replacements that turn one text into the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
