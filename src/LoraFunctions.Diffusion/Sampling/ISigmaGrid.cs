namespace LoraFunctions.Diffusion.Sampling;

/// <summary>Chooses the noise levels of a run; any sampler that works in sigma takes any grid.</summary>
public interface ISigmaGrid
{
    /// <summary>The most steps it has noise levels for.</summary>
    int MaximumSteps(NoiseSchedule schedule);

    /// <param name="steps">1 to <see cref="MaximumSteps"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Steps outside that range.</exception>
    SigmaPlan Plan(NoiseSchedule schedule, int steps);
}
